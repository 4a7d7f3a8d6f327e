// Bundles the programs into dist/: one ESM file each, so that they start fast and stay small in memory.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const dist = `${root}dist`;
mkdirSync(dist, { recursive: true });

await build({
  absWorkingDir: root,
  entryPoints: {
    hub: "hub/main.ts",
    agent: "agent/main.ts",
    drover: "hub/cli/main.ts",
    demo: "test/demo/main.ts",
  },
  outdir: dist,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "linked",
  // Native code stays in node_modules; the optional accelerators are not installed.
  external: ["classic-level", "bufferutil", "utf-8-validate", "supports-color"],
  // CommonJS dependencies inside an ES module bundle still call require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; import { dirname as __dirnameOf } from 'node:path'; import { fileURLToPath as __toPath } from 'node:url'; const require = __createRequire(import.meta.url); const __filename = __toPath(import.meta.url); const __dirname = __dirnameOf(__filename);",
  },
  logLevel: "warning",
});
