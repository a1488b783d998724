import { afterEach, expect, test, vi } from "vitest";

import { lookAt, runsOf } from "./past";

afterEach(() => void vi.unstubAllGlobals());

/** A server that answers each path with a body, and some with a page after it. */
function serve(answers: Readonly<Record<string, readonly [unknown, string?]>>): void {
  vi.stubGlobal("fetch", (path: string) => {
    const [body, link] = answers[path] ?? [{ error: "There is no such page." }];
    return Promise.resolve(new Response(JSON.stringify(body), link === undefined ? {} : { headers: { Link: link } }));
  });
}

const run = (id: string) => ({ id, startTime: "2026-01-01T00:00:00.123Z", status: "COMPLETED", durationMs: 1, creditsUsed: 0 });

test("runs that began in the same millisecond are all on some page, and the last page is known for it", async () => {
  const path = "/api/v1/workflows/cm1/executions";
  serve({
    [path]: [[run("c"), run("b")], `<https://flow.example${path}?limit=2&cursor=x%3Ab>; rel="next"`],
    [`${path}?limit=2&cursor=x%3Ab`]: [[run("a")]],
  });
  const first = await runsOf("", "cm1", "");
  const second = await runsOf("", "cm1", first.next ?? "");
  expect([...first.runs, ...second.runs].map(({ id }) => id)).toEqual(["c", "b", "a"]);
  expect(second.next).toBeNull();
});

test("a list of which one item was made anew is not said to be reused", async () => {
  const items = (...cached: boolean[]) => cached.map((one) => ({ status: "COMPLETED", cached: one }));
  const nodeRuns = [...items(true, true).map((one) => ({ ...one, nodeId: "all" })), ...items(false, true).map((one) => ({ ...one, nodeId: "half" }))];
  serve({ "/api/v1/workflows/executions/r": [{ nodeResults: { nodeRuns } }], "/executions/r/graph": [{ nodes: [], edges: [] }] });
  const { nodes } = await lookAt("", { id: "r", at: "", status: "COMPLETED", took: 1, credits: 0 });
  expect([nodes.get("all")?.cached, nodes.get("half")?.cached]).toEqual([true, false]);
});
