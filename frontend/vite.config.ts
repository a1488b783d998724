import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import type { Plugin } from "vite";

/** Compressed copies beside the files, which the server sends to whoever can read them. */
const compressed: Plugin = {
  name: "compressed",
  writeBundle({ dir = "" }, bundle) {
    for (const name of Object.keys(bundle).filter((file) => /\.(js|css)$/.test(file))) {
      const content = readFileSync(`${dir}/${name}`);
      writeFileSync(`${dir}/${name}.gz`, gzipSync(content, { level: 9 }));
      writeFileSync(`${dir}/${name}.br`, brotliCompressSync(content));
    }
  },
};

const own = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What React Flow styles and the canvas never draws. */
const NOT_DRAWN = /react-flow(\.dark|__(arrowhead|attribution|background|controls|edge-text|edge \.react-flow__edge-text|minimap|node-(input|default|output|group)))/;

const onlyDrawn: Plugin = {
  name: "only-drawn",
  enforce: "pre",
  transform: (code, id) => (id.endsWith("@xyflow/react/dist/base.css") ? code.replace(/[^{}]*\{[^{}]*\}/g, (rule) => (NOT_DRAWN.test(rule.slice(0, rule.indexOf("{"))) ? "" : rule)) : null),
};

/**
 * The server's page names the first script, the words of the person's language that go before it, and the style sheet, so
 * these keep their names; what follows carries its hash.
 */
export default defineConfig({
  plugins: [react(), onlyDrawn, compressed],
  base: "/static/canvas/",
  resolve: { alias: { "d3-interpolate": own("src/straight.ts"), "d3-transition": own("src/glide.ts") } },
  build: {
    outDir: "../static/canvas",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // As new as the shared tokens ask for: light-dark() is left to the browser, which knows the page's color-scheme.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // React's wrappers do nothing by themselves: components of the libraries that are not drawn are left out.
      treeshake: { manualPureFunctions: ["memo", "forwardRef", "createContext"] },
      input: { canvas: "src/main.tsx", "words-de": "src/language/words-de.ts" },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js", assetFileNames: ({ names }) => (names.includes("canvas.css") ? "canvas.css" : "[name]-[hash][extname]") },
    },
  },
});
