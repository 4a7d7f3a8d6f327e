import { expect, test } from "vitest";
import { parseFleet } from "./fleet.ts";

const head = `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments:
  - name: prod
    clusters: {}
    rollout:
`;

/** Problems of a `rollout:` block, which starts in line 7. */
function problemsOf(block: string): string[] {
  const indented = block.replaceAll(/^/gm, "      ");
  return parseFleet(head + indented, "fleet.yaml").problems.map(
    ({ severity, message, position }) => `${severity} ${position?.line} ${position?.path?.slice(24)}: ${message}`,
  );
}

test("parseFleet() makes a complete rollout policy of all that may be written", () => {
  const { fleet, problems } = parseFleet(
    `${head}      waves:
        - { name: first, clusters: [eu-1, eu-2], before: [board], after: [smoke, errors], maxFailures: 1, maxUnavailable: 2 }
        - { name: some, clusters: 3, bake: 10m, progressDeadline: 1h }
        - { name: share, clusters: 20%, before: [preflight] }
        - { name: rest, after: [job, quorum] }
      gates:
        board: { approval: { count: 2, from: [ann, bob, cat] } }
        smoke: { http: { url: "https://shop.example/healthz", timeout: 5s } }
        errors: { prometheus: { url: "http://prometheus:9090", query: "rate(errors[5m])", condition: "< 0.01" } }
        preflight: { dryRun: {} }
        job: { job: { manifest: checks/smoke.yaml, namespace: shop } }
        quorum: { health: { quorum: 95%, scope: environment } }
      maxUnavailable: 10%
      maxFailures: 3
      onFailure: rollback
      onNewRevision: queue
      onOverlap: first
      join: current
      offline: wait
      windows:
        timeZone: Europe/Berlin
        allow: [{ cron: "0 9 * * 1-5", duration: 8h }]
        deny: [{ from: 2026-12-20, to: 2027-01-07T12:00, reason: year-end freeze }]
        onClose: stop
      pacing: { parallelism: 5, interval: 10s, jitter: 5s, registry: { label: registry, parallelism: 2 } }
`,
    "fleet.yaml",
  );
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const wave = { maxFailures: { count: 0 }, bakeMs: 0, progressDeadlineMs: 600_000, before: [], after: [] };
  const tenth = { percent: 10, atLeast: 1 };
  expect(fleet?.environments[0]?.rollout).toEqual({
    waves: [
      {
        ...wave,
        name: "first",
        clusters: { type: "names", names: ["eu-1", "eu-2"] },
        maxUnavailable: { count: 2 },
        maxFailures: { count: 1 },
        before: ["board"],
        after: ["smoke", "errors"],
      },
      {
        ...wave,
        name: "some",
        clusters: { type: "count", count: 3 },
        maxUnavailable: tenth,
        bakeMs: 600_000,
        progressDeadlineMs: 3_600_000,
      },
      {
        ...wave,
        name: "share",
        clusters: { type: "percent", percent: 20 },
        maxUnavailable: tenth,
        before: ["preflight"],
      },
      { ...wave, name: "rest", clusters: { type: "rest" }, maxUnavailable: tenth, after: ["job", "quorum"] },
    ],
    gates: {
      board: { type: "approval", count: 2, from: ["ann", "bob", "cat"] },
      smoke: {
        type: "http",
        url: "https://shop.example/healthz",
        status: 200,
        timeoutMs: 5000,
        attempts: 3,
        intervalMs: 30_000,
      },
      errors: {
        type: "prometheus",
        url: "http://prometheus:9090",
        query: "rate(errors[5m])",
        condition: { operator: "<", value: 0.01 },
        timeoutMs: 60_000,
        attempts: 3,
        intervalMs: 30_000,
      },
      preflight: { type: "dryRun", maxFailures: { count: 0 }, timeoutMs: 300_000, attempts: 1, intervalMs: 30_000 },
      job: {
        type: "job",
        manifest: "checks/smoke.yaml",
        namespace: "shop",
        cluster: undefined,
        timeoutMs: 600_000,
        attempts: 1,
        intervalMs: 30_000,
      },
      quorum: { type: "health", quorum: { percent: 95, atLeast: 0 }, scope: "environment", timeoutMs: 600_000 },
    },
    maxFailures: { count: 3 },
    onFailure: "rollback",
    onNewRevision: "queue",
    onOverlap: "first",
    join: "current",
    offline: "wait",
    windows: {
      timeZone: "Europe/Berlin",
      allow: [{ type: "cron", cron: "0 9 * * 1-5", durationMs: 28_800_000, reason: "" }],
      deny: [
        {
          type: "dates",
          fromMs: Date.parse("2026-12-19T23:00Z"),
          toMs: Date.parse("2027-01-07T11:00Z"),
          reason: "year-end freeze",
        },
      ],
      onClose: "stop",
    },
    pacing: { parallelism: 5, intervalMs: 10_000, jitterMs: 5000, registry: { label: "registry", parallelism: 2 } },
  });
});

test.each([
  ["unknown gates", "waves: [{ name: a, after: [smok] }]\ngates: { smoke: { approval: {} } }"],
  [
    "no kind of gate, or two",
    "waves: [{ name: a, after: [x, y] }]\ngates:\n  x: {}\n  y: { approval: {}, dryRun: {} }",
  ],
  ["times below zero", "waves: [{ name: a, bake: -5m }]"],
  ["waves after the rest", "waves: [{ name: a }, { name: b, clusters: 1 }]"],
  ["waves that overlap", "waves: [{ name: a, clusters: [x, y] }, { name: b, clusters: [y] }, { name: c }]"],
  ["waves that leave clusters out", "waves: [{ name: a, clusters: 20% }, { name: b, clusters: 30% }]"],
  ["more than all clusters", "waves: [{ name: a, clusters: 60% }, { name: b, clusters: 50% }]"],
  ["a share of nothing", "waves: [{ name: a, clusters: 0% }, { name: b }]"],
  ["no clusters at a time", "maxUnavailable: 0"],
  [
    "names that stand twice or mean something",
    "waves: [{ name: a, clusters: 1 }, { name: a, clusters: 1 }, { name: rollback }]",
  ],
  ["windows that never open", 'windows: { allow: [{ cron: "0 9 30 2 *", duration: 1h }] }'],
  ["windows of no length", 'windows: { allow: [{ cron: "0 9 * * *", duration: 0s }] }'],
  [
    "windows that end before they start",
    "windows: { deny: [{ from: 2026-12-20, to: 2026-12-19 }, { from: x, to: 2026-02-30 }] }",
  ],
  [
    "windows that are neither",
    'windows: { timeZone: Mars/Olympus, allow: [{ cron: "0 9 * *", duration: 1h }, { cron: "0 9 * * *" }] }',
  ],
  [
    "more approvals than approvers",
    "waves: [{ name: a, before: [x, x] }]\ngates: { x: { approval: { count: 2, from: [ann] } } }",
  ],
  ["failures that cannot be reached", "waves: [{ name: a, maxUnavailable: 1, maxFailures: 2 }]"],
  [
    "checks that are none",
    'waves: [{ name: a, after: [x, y] }]\ngates:\n  x: { http: { url: shop } }\n  y: { prometheus: { url: "http://p", query: q, condition: "0.01" } }',
  ],
])("parseFleet() names line and place of %s", (_, block) => {
  expect(problemsOf(block)).toMatchSnapshot();
});
