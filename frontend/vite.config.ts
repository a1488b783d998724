import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server's page names the two files, so they keep their names; Django's static files add the hash. */
export default defineConfig({
  plugins: [react()],
  base: "/static/canvas/",
  build: {
    outDir: "../static/canvas",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    rollupOptions: {
      input: "src/main.tsx",
      output: { entryFileNames: "canvas.js", assetFileNames: "canvas[extname]", codeSplitting: false },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
