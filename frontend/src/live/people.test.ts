import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Canvas } from "../store/canvas";
import { createPeople, meet, parsePerson } from "./people";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: true });
  vi.stubGlobal("window", { setInterval: (run: () => void, ms: number) => setInterval(run, ms) });
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("however many ask who is here, they get one answer", () => {
  const said: unknown[] = [];
  const ui = { get: () => ({ nodes: new Set<string>(), moving: null }) };
  const company = meet({ follower: { say: (frame: unknown) => said.push(frame) }, people: createPeople(), ui } as unknown as Canvas);
  for (let i = 0; i < 20; i++) company.person(parsePerson({ who: `p${i}` }), true);
  vi.advanceTimersByTime(100);
  expect(said).toEqual([{ type: "presence", at: null, nodes: [], moving: {} }]);
});
