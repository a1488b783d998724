import { defineConfig, mergeConfig } from "vitest/config";

import build from "./vite.config";

/** Apart from the build's own settings, so that a build needs no test runner. No test fails for a busy machine. */
export default mergeConfig(build, defineConfig({ test: { environment: "node", include: ["src/**/*.test.ts"], testTimeout: 120_000 } }));
