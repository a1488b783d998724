import { describe, expect, it } from "vitest";

import type { Run } from "./run";
import { tabOf } from "./tab";

function run(status: Run["status"]): Run {
  return { status, byNode: new Map(), nodes: [] } as unknown as Run;
}

describe("the browser's tab", () => {
  it("has the name alone while nothing runs", () => {
    expect(tabOf("Ads", null, true)).toEqual({ title: "Ads · Wireflow UI", dot: null });
    expect(tabOf("Ads", run("COMPLETED"), false)).toEqual({ title: "Ads · Wireflow UI", dot: null });
  });

  it("says how a run ended until somebody looks", () => {
    expect(tabOf("Ads", run("COMPLETED"), true)).toEqual({ title: "✓ Ads · Wireflow UI", dot: "done" });
    expect(tabOf("Ads", run("FAILED"), true)).toEqual({ title: "✗ Ads · Wireflow UI", dot: "failed" });
    expect(tabOf("Ads", run("CANCELLED"), true).dot).toBeNull();
  });
});
