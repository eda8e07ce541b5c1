import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/tilewright/api/built",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the policy of the page takes nothing written into it
    license: { fileName: "licenses.md" }, // of the libraries that are in it, which ask for that
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700, // kB: the 3D view, which comes only when it is asked for
  },
});
