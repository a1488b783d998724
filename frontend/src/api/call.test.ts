import { afterEach, expect, test, vi } from "vitest";

import { callWith } from "./call";

afterEach(() => vi.unstubAllGlobals());

/** A server that gives one answer, and what it was asked. */
function serve(status: number, text: string) {
  const fetched = vi.fn(() => Promise.resolve(new Response(text, { status })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

test("names in the path and the query are written as addresses need them", async () => {
  const fetched = serve(200, "[]");
  const call = callWith("token");
  expect(await call("get", "/api/v1/workflows/{workflowId}/executions", { path: { workflowId: "a/b" }, query: { limit: 4 } })).toEqual([]);
  expect(fetched.mock.lastCall).toMatchObject(["/api/v1/workflows/a%2Fb/executions?limit=4", { method: "GET", headers: { Accept: "application/json" } }]);
});

test("a body is sent as JSON, with the token that shows it is ours", async () => {
  const fetched = serve(200, '{"data":{}}');
  await callWith("token")("post", "/api/v1/workflows/{workflowId}/estimate", { path: { workflowId: "a" }, body: { reuse: true } });
  expect(fetched.mock.lastCall).toMatchObject([
    "/api/v1/workflows/a/estimate", { method: "POST", body: '{"reuse":true}', headers: { "Content-Type": "application/json", "X-CSRFToken": "token" } },
  ]);
});

test("a refusal carries its sentence and its code", async () => {
  serve(402, '{"error":"Forty credits are needed.","code":"insufficient_credits"}');
  await expect(callWith("")("get", "/api/v1/nodes")).rejects.toMatchObject({ status: 402, message: "Forty credits are needed.", code: "insufficient_credits", passing: false });
});

test("a page that a proxy put in the place of the answer is refused", async () => {
  serve(200, "<html>Sign in to the guest network</html>");
  await expect(callWith("")("get", "/api/v1/nodes")).rejects.toMatchObject({ name: "ApiError", status: 200 });
});
