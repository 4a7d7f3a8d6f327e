// Bundles the programs into dist/: one ESM file each, so that they start fast and stay small in memory.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const dist = `${root}dist`;
mkdirSync(dist, { recursive: true });

// There is an agent in every cluster: what it never runs must not take its memory. This halves its bundle.
const slimAgent = {
  name: "slim-agent",
  setup({ onResolve, onLoad }) {
    // Of undici only connections and requests: neither fetch nor WebSockets, caches, mocks.
    const undici = `
      exports.Agent = require("undici/lib/dispatcher/agent.js");
      exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");
      exports.Socks5ProxyAgent = require("undici/lib/dispatcher/socks5-proxy-agent.js");
      Object.assign(require("undici/lib/dispatcher/dispatcher.js").prototype, require("undici/lib/api/index.js"));`;
    onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "slim" }));
    onLoad({ filter: /^undici$/, namespace: "slim" }, () => ({ contents: undici, resolveDir: root }));

    // Of the Kubernetes client only the kubeconfig: no generated API.
    const generated = "export const createConfiguration = undefined, ServerConfiguration = undefined;";
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer.endsWith("/@kubernetes/client-node/dist/config.js")
        ? { path: "generated", namespace: "slim" }
        : undefined,
    );
    onLoad({ filter: /^generated$/, namespace: "slim" }, () => ({ contents: generated }));
  },
};

const shared = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "linked",
  // Native code stays in node_modules, and so does what few hubs load; the optional accelerators are not installed.
  external: ["classic-level", "openpgp", "bufferutil", "utf-8-validate", "supports-color"],
  // CommonJS dependencies inside an ES module bundle still call require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; import { dirname as __dirnameOf } from 'node:path'; import { fileURLToPath as __toPath } from 'node:url'; const require = __createRequire(import.meta.url); const __filename = __toPath(import.meta.url); const __dirname = __dirnameOf(__filename);",
  },
  logLevel: "warning",
};

// What browsers get: one page and its assets, named by a hash of their content so that they may be kept for ever.
async function buildWeb() {
  const made = `${dist}/web.new`;
  rmSync(made, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["hub/web/main.tsx", "hub/web/style.css", "hub/web/icon.svg"],
    outdir: made,
    outbase: "hub/web",
    entryNames: "[name]-[hash]",
    loader: { ".svg": "copy" },
    bundle: true,
    platform: "browser",
    format: "esm",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    metafile: true,
    logLevel: "warning",
  });
  let page = readFileSync(`${root}hub/web/index.html`, "utf8");
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    page = page.replace(`./${basename(entryPoint)}`, `/assets/${basename(file)}`);
  }
  writeFileSync(`${made}/index.html`, page);
  rmSync(`${dist}/web`, { recursive: true, force: true });
  renameSync(made, `${dist}/web`);
}

await Promise.all([
  buildWeb(),
  build({
    ...shared,
    entryPoints: { agent: "agent/main.ts" },
    plugins: [slimAgent],
    // A program's text stays in memory. Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
  }),
  build({
    ...shared,
    entryPoints: { hub: "hub/main.ts", drover: "hub/cli/main.ts", demo: "test/demo/main.ts" },
  }),
]);
