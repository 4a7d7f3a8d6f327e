/** The architecture as rules: ARCHITECTURE.md says why. */
const pure = "^(common/(domain|schema|cel|windows)|hub/(resolve|assign|rollout|promotion)|agent/(plan|inventory))/";
const tests = "[.]test[.]ts$";

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "common-is-the-bottom", severity: "error", from: { path: "^common/" }, to: { path: "^(hub|agent|test)/" } },
    {
      name: "hub-and-agent-meet-only-on-the-wire",
      severity: "error",
      from: { path: "^(hub|agent)/" },
      to: { path: "^(hub|agent)/", pathNot: "^$1/" },
    },
    {
      name: "no-tests-in-production",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: tests },
      to: { path: `^test/|${tests}` },
    },
    {
      name: "folders-talk-through-index",
      severity: "error",
      from: { path: "^(hub|agent|common)/([^/]+)/" },
      to: {
        path: "^(hub|agent|common)/",
        pathNot: "^[^/]+/[^/]+/index[.]ts$|^[^/]+/[^/]+[.](ts|json)$|^$1/$2/|/node_modules/",
      },
    },
    {
      name: "composition-uses-index",
      severity: "error",
      from: { path: "^((hub|agent|common)/[^/]+[.]ts$|test/)" },
      to: { path: "^(hub|agent|common)/", pathNot: "^[^/]+/[^/]+/index[.]ts$|^[^/]+/[^/]+[.](ts|json)$" },
    },
    {
      name: "no-folder-imports-the-composition",
      severity: "error",
      from: { path: "^(hub|agent)/[^/]+/" },
      to: { path: "^(hub/(main|hub)|agent/(main|agent))[.]ts$" },
    },
    {
      name: "pure-core-has-no-io",
      comment: "Pure folders: values in, values out.",
      severity: "error",
      from: { path: pure, pathNot: tests },
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-optional", "core"],
        pathNot: "^(crypto|node:crypto)$|node_modules/(zod|yaml|picomatch|croner|@marcbachmann/cel-js)/",
      },
    },
    {
      name: "pure-core-sees-only-pure",
      severity: "error",
      from: { path: pure, pathNot: tests },
      to: {
        path: "^(hub|agent|common)/",
        pathNot: `${pure}|/node_modules/|^common/errors[.]ts$|^(hub|agent)/ports[.]ts$|^common/wire/index[.]ts$`,
      },
    },
    {
      name: "grpc-lives-in-stream-and-wire",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^(hub|agent)/stream/|^common/wire/" },
      to: { path: "node_modules/@grpc/" },
    },
    {
      name: "kubernetes-lives-in-agent-kube",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^agent/kube/" },
      to: { path: "node_modules/@kubernetes/" },
    },
    {
      name: "expressions-live-in-common-cel",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^common/cel/" },
      to: { path: "node_modules/@marcbachmann/cel-js/" },
    },
    {
      name: "calendars-live-in-common-windows",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^common/windows/" },
      to: { path: "node_modules/croner/" },
    },
    {
      name: "redis-lives-in-store-and-jobs",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^hub/(store|jobs)/" },
      to: { path: "node_modules/(ioredis|bullmq|classic-level)/" },
    },
    {
      name: "git-lives-in-git",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^hub/git/" },
      to: { path: "node_modules/isomorphic-git/" },
    },
    {
      name: "openpgp-lives-in-signatures",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^hub/signatures/" },
      to: { path: "node_modules/openpgp/" },
    },
    {
      name: "forges-live-in-forge",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^hub/forge/" },
      to: { path: "node_modules/(@octokit|@gitbeaker)/" },
    },
    {
      name: "web-knows-only-the-words",
      comment: "The web UI runs in browsers: of Drover it has the shapes of the API's JSON, and nothing else.",
      severity: "error",
      from: { path: "^hub/web/", pathNot: tests },
      to: { pathNot: "^hub/web/|^common/domain/index[.]ts$|node_modules/(preact|@preact)/" },
    },
    {
      name: "web-takes-types-only",
      severity: "error",
      from: { path: "^hub/web/" },
      to: { path: "^common/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nobody-takes-from-web",
      severity: "error",
      from: { pathNot: "^hub/web/" },
      to: { path: "^hub/web/" },
    },
    {
      name: "preact-lives-in-web",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^hub/web/" },
      to: { path: "node_modules/(preact|@preact)/" },
    },
    {
      name: "http-server-lives-in-view",
      severity: "error",
      from: { path: "^(hub|agent|common)/", pathNot: "^hub/view/" },
      to: { path: "node_modules/(fastify|@fastify)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/(gen|testdata)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
