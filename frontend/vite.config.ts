import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server's page names the two files, so they keep their names; Django's static files add the hash. */
export default defineConfig({
  plugins: [react()],
  base: "/static/canvas/",
  resolve: { alias: { "d3-color": fileURLToPath(new URL("src/no-colors.ts", import.meta.url)) } },
  build: {
    outDir: "../static/canvas",
    emptyOutDir: true,
    target: "es2022",
    // As new as the shared tokens ask for: light-dark() is left to the browser, which knows the page's color-scheme.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // React's wrappers do nothing by themselves: components of the libraries that are not drawn are left out.
      treeshake: { manualPureFunctions: ["memo", "forwardRef", "createContext"] },
      input: "src/main.tsx",
      output: { entryFileNames: "canvas.js", assetFileNames: "canvas[extname]", codeSplitting: false },
    },
  },
});
