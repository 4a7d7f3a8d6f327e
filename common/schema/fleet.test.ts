import { expect, test } from "vitest";
import type { Problem, WaveClusters, WavePolicy } from "../domain/index.ts";
import { defaultPromotion, defaultRolloutPolicy } from "../domain/index.ts";
import { parseFleet } from "./fleet.ts";

const head = "apiVersion: drover.dev/v1alpha1\nkind: Fleet\n";

/** "error fleet.yaml:3 environments[0].name: …", as people meet it. */
function shown(problems: readonly Problem[]): string[] {
  return problems.map(
    ({ severity, message, position }) =>
      `${severity} ${position?.file}:${position?.line}${position?.path === undefined ? "" : ` ${position.path}`}: ${message}`,
  );
}

function problemsOf(body: string): string[] {
  return shown(parseFleet(head + body, "fleet.yaml").problems);
}

const guards = { maxDeletes: undefined, allowEmpty: false };

test("parseFleet() accepts the design's example", () => {
  const { fleet, problems } = parseFleet(
    `${head}environments:
  - name: dev
    branch: main                                   # tracks the trunk
    clusters: { matchLabels: { environment: dev } }
  - name: staging                                  # branch defaults to env/staging
    from: dev
    clusters: { matchLabels: { environment: staging } }
    promotion: { mode: auto, soak: 10m }
  - name: prod
    from: staging
    clusters: { matchLabels: { environment: prod } }
    promotion: { mode: manual, approvals: 1 }
    rollout:
      waves:
        - { name: canary, clusters: { matchLabels: { canary: "true" } }, bake: 10m }
        - { name: half, clusters: 50%, maxUnavailable: 2 }
        - { name: rest, maxUnavailable: 25% }
      onFailure: rollback
`,
    "fleet.yaml",
  );
  const wave = (name: string, clusters: WaveClusters, others: Partial<WavePolicy>): WavePolicy => ({
    name,
    clusters,
    maxUnavailable: { percent: 25, atLeast: 1 },
    maxFailures: { count: 0 },
    bakeMs: 0,
    progressDeadlineMs: 600_000,
    before: [],
    after: [],
    ...others,
  });
  const selectingLabel = (key: string, value: string) => ({ matchLabels: { [key]: value }, matchExpressions: [] });
  const selecting = (environment: string) => ({ matchLabels: { environment }, matchExpressions: [] });
  expect(fleet).toEqual({
    environments: [
      {
        name: "dev",
        branch: "main",
        from: [],
        clusters: selecting("dev"),
        values: {},
        guards,
        promotion: undefined,
        rollout: undefined,
      },
      {
        name: "staging",
        branch: "env/staging",
        from: ["dev"],
        clusters: selecting("staging"),
        values: {},
        guards,
        promotion: { ...defaultPromotion, mode: "auto", soakMs: 600_000 },
        rollout: undefined,
      },
      {
        name: "prod",
        branch: "env/prod",
        from: ["staging"],
        clusters: selecting("prod"),
        values: {},
        guards,
        promotion: { ...defaultPromotion, approvals: 1 },
        rollout: {
          ...defaultRolloutPolicy,
          waves: [
            wave("canary", { type: "labels", selector: selectingLabel("canary", "true") }, { bakeMs: 600_000 }),
            wave("half", { type: "percent", percent: 50 }, { maxUnavailable: { count: 2 } }),
            wave("rest", { type: "rest" }, {}),
          ],
          onFailure: "rollback",
          onOverlap: "block",
        },
      },
    ],
    applications: ["apps/**/application.yaml"],
    clusterValues: new Map(),
    tenants: [],
  });
  expect(problems).toEqual([]);
});

test("parseFleet() keeps values by environment and by cluster, and lets the first environment track the trunk", () => {
  const { fleet, problems } = parseFleet(
    `${head}applications: [services/*.yaml]
environments:
  - name: dev
    clusters: { matchExpressions: [{ key: tier, operator: In, values: [a, b] }] }
    values: { size: small }
clusters:
  - { name: dev-1, values: { size: tiny } }
`,
    "fleet.yaml",
    "trunk",
  );
  expect(problems).toEqual([]);
  expect(fleet).toEqual({
    environments: [
      {
        name: "dev",
        branch: "trunk",
        from: [],
        clusters: { matchLabels: {}, matchExpressions: [{ key: "tier", operator: "In", values: ["a", "b"] }] },
        values: { size: "small" },
        guards,
        promotion: undefined,
        rollout: undefined,
      },
    ],
    applications: ["services/*.yaml"],
    clusterValues: new Map([["dev-1", { size: "tiny" }]]),
    tenants: [],
  });
});

test("parseFleet() reports every error at once, each with line, path, value and what was expected", () => {
  expect(
    shown(
      parseFleet(
        `apiVersion: drover.dev/v1
kind: Flet
environmets: []
environments:
  - name: Dev
    brnach: main
    clusters: { matchLabels: { canary: true }, matchExpressions: [{key: a, operator: In}] }
    values: { 1a: x, b: 3 }
  - from: dev
    branch: "a b"
    clusters: []
    promotion: { mode: manul, soak: 10 min, approvals: 1.5 }
    rollout:
      waves:
        - { name: a, clusters: { matchLabel: {} } }
        - { name: b, clusters: 101%, maxUnavailable: {} }
        - { name: c, maxUnavailable: "5" }
applications: apps
`,
        "fleet.yaml",
      ).problems,
    ),
  ).toEqual([
    'error fleet.yaml:1 apiVersion: Expected "drover.dev/v1alpha1": got "drover.dev/v1"',
    'error fleet.yaml:2 kind: Expected "Fleet": got "Flet"',
    'error fleet.yaml:3 environmets: Unknown field "environmets": did you mean "environments"?',
    'error fleet.yaml:5 environments[0].name: Expected at most 63 lower-case letters, digits and dashes: got "Dev"',
    'error fleet.yaml:6 environments[0].brnach: Unknown field "brnach": did you mean "branch"?',
    'error fleet.yaml:7 environments[0].clusters.matchLabels.canary: Expected text: got true, write "true" in quotes',
    'error fleet.yaml:7 environments[0].clusters.matchExpressions[0].values: Expected values for "In": got nothing',
    'error fleet.yaml:8 environments[0].values[1a]: Invalid name "1a": expected letters, digits and underscores, not starting with a digit',
    'error fleet.yaml:8 environments[0].values.b: Expected text: got 3, write "3" in quotes',
    'error fleet.yaml:9 environments[1].name: Missing field "name": expected text',
    'error fleet.yaml:10 environments[1].branch: Expected the name of a branch such as "env/staging": got "a b"',
    "error fleet.yaml:11 environments[1].clusters: Expected a mapping: got []",
    'error fleet.yaml:12 environments[1].promotion.mode: Expected "auto", "manual" or "never": got "manul", did you mean "manual"?',
    'error fleet.yaml:12 environments[1].promotion.soak: Expected a duration such as "30s", "10m" or "1h30m": got "10 min"',
    "error fleet.yaml:12 environments[1].promotion.approvals: Expected a whole number: got 1.5",
    'error fleet.yaml:15 environments[1].rollout.waves[0].clusters.matchLabel: Unknown field "matchLabel": did you mean "matchLabels"?',
    'error fleet.yaml:16 environments[1].rollout.waves[1].clusters: Expected a percentage from "0%" to "100%": got "101%"',
    'error fleet.yaml:16 environments[1].rollout.waves[1].maxUnavailable: Expected a count such as 2, or a percentage such as "25%": got {}',
    'error fleet.yaml:17 environments[1].rollout.waves[2].maxUnavailable: Expected a percentage from "0%" to "100%": got "5"',
    'error fleet.yaml:18 applications: Expected a list: got "apps"',
  ]);
});

test("parseFleet() refuses a promotion that contradicts itself", () => {
  const written = (promotion: string, from = "from: a, ") =>
    problemsOf(
      `environments:\n  - { name: a, clusters: {} }\n  - { name: b, branch: b, ${from}clusters: {}, promotion: ${promotion} }\n`,
    );
  expect([
    written("{}", ""),
    written("{ order: batch }"),
    written("{ window: 1h }"),
    written("{ quorum: 120% }"),
    written("{ via: merge }"),
    written("{ statuses: [ci, drover/prod/soak] }"),
  ]).toEqual([
    [
      'error fleet.yaml:5 environments[1].promotion: Expected no section "promotion" without "from": nothing is promoted into this environment',
    ],
    ['error fleet.yaml:5 environments[1].promotion.order: Expected a "window" with the order "batch", such as "4h"'],
    ['error fleet.yaml:5 environments[1].promotion.window: Expected no "window" with the order "latest"'],
    ['error fleet.yaml:5 environments[1].promotion.quorum: Expected a percentage from "0%" to "100%": got "120%"'],
    ['error fleet.yaml:5 environments[1].promotion.via: Expected "push" or "pullRequest": got "merge"'],
    [
      'error fleet.yaml:5 environments[1].promotion.statuses[1]: Expected statuses of others: "drover/prod/soak" is the hub\'s own, which mirrors its gates',
    ],
  ]);
});

test("parseFleet() lists the known fields when none is near", () => {
  expect(problemsOf("environments:\n  - { name: a, clusters: {}, xyz: 1 }\n")).toEqual([
    'error fleet.yaml:4 environments[0].xyz: Unknown field "xyz": expected "name", "branch", "from", "clusters", "values", "guards", "promotion" or "rollout"',
  ]);
});

test("rule 10: parseFleet() reads windows of a promotion, and refuses those that never open with their line", () => {
  const written = (windows: string) =>
    `environments:
  - { name: a, clusters: {} }
  - name: b
    from: a
    clusters: {}
    promotion:
      windows:
        timeZone: Europe/Berlin
${windows.replaceAll(/^/gm, "        ")}
`;
  const good = written(
    'allow: [{ cron: "0 9 * * 1-5", duration: 8h }]\ndeny: [{ from: 2026-12-23, to: 2027-01-04, reason: holidays }]',
  );
  expect(parseFleet(head + good, "fleet.yaml").fleet?.environments[1]?.promotion?.windows).toEqual({
    timeZone: "Europe/Berlin",
    allow: [{ type: "cron", cron: "0 9 * * 1-5", durationMs: 28_800_000, reason: "" }],
    deny: [
      {
        type: "dates",
        fromMs: Date.parse("2026-12-22T23:00Z"),
        toMs: Date.parse("2027-01-03T23:00Z"),
        reason: "holidays",
      },
    ],
  });
  const refused = [
    'allow: [{ cron: "0 9 30 2 *", duration: 1h }]',
    'allow: [{ cron: "0 9 * * *", duration: 1h }]\ndeny: [{ cron: "0 8 * * *", duration: 3h }]',
    "allow: [{ from: 2026-02-30, to: 2026-03-01 }]",
    "onClose: stop",
  ].map((windows) => problemsOf(written(windows)));
  expect(refused).toEqual([
    [
      "error fleet.yaml:9 environments[1].promotion.windows: These windows never open: expected a time that an allow covers and no deny closes",
    ],
    [
      "error fleet.yaml:9 environments[1].promotion.windows: These windows never open: expected a time that an allow covers and no deny closes",
    ],
    [
      'error fleet.yaml:11 environments[1].promotion.windows.allow[0].from: Expected a time such as "2026-12-20" or "2026-12-20T18:00": got "2026-02-30"',
    ],
    [
      'error fleet.yaml:11 environments[1].promotion.windows.onClose: Unknown field "onClose": expected "timeZone", "allow" or "deny"',
    ],
  ]);
});

test("parseFleet() takes several upstream environments, and refuses circles and unknown ones with their line", () => {
  const written = (from: string, devs = "") => `environments:
  - { name: dev, clusters: {}${devs} }
  - { name: eu, from: dev, clusters: {} }
  - { name: us, from: dev, clusters: {} }
  - { name: prod, from: ${from}, clusters: {} }
`;
  expect(parseFleet(head + written("[eu, us]"), "fleet.yaml").fleet?.environments[3]).toMatchObject({
    from: ["eu", "us"],
    branch: "env/prod",
  });
  expect(problemsOf(written("[eu, su, eu]"))).toEqual([
    'error fleet.yaml:7 environments[3].from[1]: Unknown environment "su": did you mean "eu"?',
    'error fleet.yaml:7 environments[3].from[2]: Environment "eu" stands twice: expected it once',
  ]);
  expect(problemsOf(written("[eu, us]", ", branch: main, from: [prod]"))).toEqual([
    "error fleet.yaml:4 environments[0].from[0]: Promotion runs in a circle: dev from prod from eu from dev",
  ]);
  expect(problemsOf(written("[]"))).toEqual([
    "error fleet.yaml:7 environments[3].from: Expected at least one environment: got []",
  ]);
});

test("parseFleet() reads the checks of a promotion, each of one kind", () => {
  const written = (checks: string) =>
    `environments:\n  - { name: a, clusters: {} }\n  - { name: b, from: a, clusters: {}, promotion: { checks: ${checks} } }\n`;
  const smoke = 'smoke: { http: { url: "http://shop/healthz" }, recheck: 1m }';
  const { fleet } = parseFleet(head + written(`{ ${smoke}, test: { job: { manifest: ci/test.yaml } } }`), "fleet.yaml");
  expect(fleet?.environments[1]?.promotion?.checks).toEqual([
    {
      name: "smoke",
      gate: {
        type: "http",
        url: "http://shop/healthz",
        status: 200,
        timeoutMs: 60_000,
        attempts: 3,
        intervalMs: 30_000,
      },
      recheckMs: 60_000,
    },
    {
      name: "test",
      gate: {
        type: "job",
        manifest: "ci/test.yaml",
        namespace: "default",
        cluster: undefined,
        timeoutMs: 600_000,
        attempts: 1,
        intervalMs: 30_000,
      },
      recheckMs: 600_000,
    },
  ]);
  expect(problemsOf(written("{ smoke: {} }"))).toEqual([
    'error fleet.yaml:5 environments[1].promotion.checks.smoke: Expected exactly one of "http", "prometheus", "job": got {}',
  ]);
  expect(problemsOf(written("{ smoke: { approval: {} } }"))[0]).toContain(`Unknown field "approval"`);
});

test("parseFleet() refuses lines of promotion that lead nowhere", () => {
  const environment = (name: string, from: string) => `  - { name: ${name}, from: ${from}, clusters: {} }\n`;
  expect(
    problemsOf(
      `environments:\n${environment("staging", "stagin")}${environment("a", "b")}${environment("b", "a")}${environment("c", "d")}  - { name: d, clusters: {} }\n`,
    ),
  ).toEqual([
    'error fleet.yaml:4 environments[0].from: Unknown environment "stagin": did you mean "staging"?',
    "error fleet.yaml:5 environments[1].from: Promotion runs in a circle: a from b from a",
    'error fleet.yaml:7 environments[3].from: Environment "d" stands after "c": expected promotion order, "from" before its user',
  ]);
  expect(problemsOf("environments:\n  - { name: dev, from: dev, clusters: {} }\n")).toEqual([
    "error fleet.yaml:4 environments[0].from: Promotion runs in a circle: dev from dev",
  ]);
});

test("parseFleet() refuses two environments or clusters with one name and warns of a shared branch", () => {
  expect(
    problemsOf(
      `environments:
  - { name: dev, clusters: {} }
  - { name: dev, branch: other, clusters: {} }
  - { name: test, clusters: {} }
clusters: [{ name: a }, { name: a }]
`,
    ),
  ).toEqual([
    'error fleet.yaml:5 environments[1].name: Two environments named "dev": expected unique names, the other one is in line 4',
    'error fleet.yaml:7 clusters[1].name: Two clusters named "a": expected unique names, the other one is in line 7',
    'warning fleet.yaml:6 environments[2].branch: Environments "dev" and "test" share the branch "main": a change reaches both at once',
  ]);
});

test.each([
  [
    "a: [1\nb: 2",
    "2: YAML syntax error: flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
  ["kind: Fleet\nkind: Fleet\n", '2: Duplicate field "kind": expected it once'],
  ["\tkind: Fleet\n", "1: YAML syntax error: tabs are not allowed as indentation"],
  ["a: 1\n---\nb: 2\n", '2: More than one document: expected a single one, without "---" in between'],
  ["", "1: Empty file: expected a mapping"],
  ["- x\n", '1: Expected a mapping: got ["x"]'],
  ["a: !secret 1\n", "1: YAML syntax error: unresolved tag: !secret"],
])("parseFleet() names the line of what is no such file: %j", (text, message) => {
  expect(shown(parseFleet(text, "fleet.yaml").problems)).toEqual([`error fleet.yaml:${message}`]);
});

test("parseFleet() locates a part that only shows later to be wrong, or its nearest ancestor", () => {
  const { locate } = parseFleet(`${head}environments:\n  - name: dev\n    clusters: {}\n`, "fleet.yaml");
  expect(locate(["environments", 0, "clusters"])).toEqual({
    file: "fleet.yaml",
    line: 5,
    path: "environments[0].clusters",
  });
  expect(locate(["environments", 0, "branch"])).toEqual({
    file: "fleet.yaml",
    line: 4,
    path: "environments[0].branch",
  });
});

test("parseFleet() says what is wrong with tenants", () => {
  const body = `environments: [{ name: dev, clusters: {} }]
tenants:
  - { name: a, applications: [], namespaces: [Bad_Name], serviceAccount: deployer }
  - { name: a, applications: [teams/a], namespaces: [a], kinds: { allow: [{}] } }
`;
  expect(problemsOf(body)).toEqual([
    "error fleet.yaml:5 tenants[0].applications: Expected at least one folder or glob: got []",
    'error fleet.yaml:5 tenants[0].namespaces[0]: Expected a namespace, or a pattern such as "team-a-*": got "Bad_Name"',
    'error fleet.yaml:5 tenants[0].serviceAccount: Expected "namespace/name": got "deployer"',
    'error fleet.yaml:6 tenants[1].kinds.allow[0]: Expected a "group", a "kind" or both: got {}',
  ]);
  const twice = body.replace("[]", "[teams/b]").replace("Bad_Name", "b").replace("t: deployer", "t: b/d");
  expect(problemsOf(twice.replace("{ allow: [{}] }", "{}"))).toEqual([
    'error fleet.yaml:6 tenants[1].name: Two tenants named "a": expected unique names, the other one is in line 5',
  ]);
});

test("parseFleet() reads guards: a count or a share of what may be deleted at once", () => {
  const guardsOf = (text: string) =>
    parseFleet(`${head}environments: [{ name: dev, clusters: {}, guards: ${text} }]`, "fleet.yaml").fleet
      ?.environments[0]?.guards;
  expect(guardsOf("{ maxDeletes: 20, allowEmpty: true }")).toEqual({
    maxDeletes: { most: 20, isPercent: false },
    allowEmpty: true,
  });
  expect(guardsOf("{ maxDeletes: 25% }")).toEqual({ maxDeletes: { most: 25, isPercent: true }, allowEmpty: false });
  expect(problemsOf("environments: [{ name: dev, clusters: {}, guards: { maxDeletes: all } }]")).toEqual([
    'error fleet.yaml:3 environments[0].guards.maxDeletes: Expected a percentage from "0%" to "100%": got "all"',
  ]);
});

test("parseFleet() takes a rendered branch, and refuses one that is the trunk or another environment's, itself or its -next", () => {
  const fleetWith = (branch: string) => `${head}environments:
  - { name: dev, clusters: {} }
  - name: prod
    from: dev
    clusters: {}
    branch: ${branch}
    promotion:
      branch: rendered
  - { name: next, from: dev, branch: env/prod-next, clusters: {} }
`;
  const { fleet, problems } = parseFleet(fleetWith("live"), "fleet.yaml");
  expect([fleet?.environments[1]?.promotion, problems]).toEqual([{ ...defaultPromotion, branch: "rendered" }, []]);
  const taken = (branch: string) =>
    `error fleet.yaml:10 environments[1].promotion.branch: Branch "${branch}" is the trunk or another environment's: expected a branch, and a "-next" of it, of its own for "rendered"`;
  expect(["main", "env/prod"].map((branch) => shown(parseFleet(fleetWith(branch), "fleet.yaml").problems))).toEqual([
    [
      'warning fleet.yaml:8 environments[1].branch: Environments "dev" and "prod" share the branch "main": a change reaches both at once',
      taken("main"),
    ],
    [taken("env/prod-next")],
  ]);
});

test("parseFleet() takes a copied branch with its paths, and says what is wrong with them", () => {
  const policyOf = (written: string) =>
    parseFleet(
      `${head}environments:
  - { name: dev, clusters: {} }
  - name: prod
    from: dev
    clusters: {}
    promotion: ${written}
`,
      "fleet.yaml",
    );
  expect(policyOf("{ branch: copied, paths: [apps, fleet/a.yaml] }").fleet?.environments[1]?.promotion).toEqual({
    ...defaultPromotion,
    branch: "copied",
    paths: ["apps", "fleet/a.yaml"],
  });
  const wrong = [
    "{ branch: copied }",
    "{ branch: rendered, paths: [apps] }",
    "{ branch: copied, paths: [/apps] }",
    "{ branch: copied, paths: [] }",
    "{ branch: copy }",
  ];
  expect(wrong.flatMap((written) => shown(policyOf(written).problems))).toEqual([
    'error fleet.yaml:8 environments[1].promotion.branch: Expected "paths" with the branch "copied", such as ["apps"]',
    'error fleet.yaml:8 environments[1].promotion.paths: Expected no "paths" with the branch "rendered"',
    'error fleet.yaml:8 environments[1].promotion.paths[0]: Expected a file or folder of the repository such as "apps/shop", without "/" at its ends: got "/apps"',
    "error fleet.yaml:8 environments[1].promotion.paths: Expected at least one path: got []",
    'error fleet.yaml:8 environments[1].promotion.branch: Expected "pointer", "rendered" or "copied": got "copy"',
  ]);
});
