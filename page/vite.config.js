import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/tilewright/api/built",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the policy of the page takes nothing written into it
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700, // kB: the 3D view, which comes only when it is asked for
  },
});
