import { expect, test } from "vitest";
import type { Clock } from "../../common/async/index.ts";
import type { Environment, EnvironmentView, Fleet, PromotionRecordView } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { EnvironmentState } from "../desk/index.ts";
import type { Commit, TreeEntry } from "../ports.ts";
import { createRenderer } from "../render/index.ts";
import { createDeliveries } from "./deliveries.ts";

const minute = 60_000;
const now = Date.parse("2026-11-23T12:00:00Z");
const iso = (minutesAgo: number) => new Date(now - minutesAgo * minute).toISOString();
const application = (name: string) =>
  `apiVersion: drover.dev/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: { path: "./\${environment}" }\n`;

/** Files by path; the id of a file is its text. */
const files = (change: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  "apps/blog/application.yaml": application("blog"),
  "apps/blog/prod/page.yaml": "",
  "apps/shop/application.yaml": application("shop"),
  "apps/shop/dev/web.yaml": "",
  "apps/shop/prod/kustomization.yaml": "resources: [../../../base/web.yaml]\n",
  "base/web.yaml": "",
  ...change,
});
const blog = { "apps/blog/prod/page.yaml": "b" };
const base = { ...blog, "base/web.yaml": "c" };
const commits = new Map([
  ["a", files({})],
  ["blog", files(blog)],
  ["base", files(base)],
  ["dev", files({ ...base, "apps/shop/dev/web.yaml": "d" })],
]);

function entriesOf(revision: string): readonly TreeEntry[] {
  const found = commits.get(revision);
  if (found === undefined) throw new RangeError(`No commit "${revision}"`);
  const folders = new Set<string>();
  for (const path of Object.keys(found)) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.add(path.slice(0, at));
  }
  return [
    ...[...folders].map((path): TreeEntry => ({ path, oid: path, mode: "tree" })),
    ...Object.entries(found).map(([path, oid]): TreeEntry => ({ path, oid, mode: "file" })),
  ];
}

const git = {
  tree: async (revision: string) => entriesOf(revision),
  blobs: async (oids: readonly string[]) => oids.map((oid) => Buffer.from(oid)),
  commit: async () => ({ author: { at: iso(100) } }) as Commit,
};
const move = (
  kind: PromotionRecordView["kind"],
  minutesAgo: number,
  from: string | null,
  to: string,
): PromotionRecordView => ({
  ...{ kind, environment: "prod", from, to, commit: to, at: iso(minutesAgo) },
  ...{ actor: "ann", proof: [], bypassed: [], reason: "" },
});
const history = [
  move("promotion", 60, "gone", "a"),
  move("promotion", 50, "a", "blog"),
  move("promotion", 40, "blog", "base"),
  move("rollback", 30, "base", "blog"),
  move("promotion", 20, "base", "dev"),
];
const prod = { name: "prod", promotion: { branch: "pointer" } } as Environment;
const deliveries = createDeliveries({
  state: {
    fleet: { applications: ["apps/*/application.yaml"] } as unknown as Fleet,
    environments: new Map([["prod", { environment: prod, revision: "dev" } as EnvironmentState]]),
  },
  environments: () => [{ name: "prod" } as EnvironmentView],
  history: () => history,
  healths: () => ({}),
  git,
  renderer: createRenderer({
    git,
    kustomize: undefined,
    searchPath: "",
    concurrency: 1,
    cacheBytes: 1000,
    log: silentLogger(),
  }),
  clock: { now: () => now } as Clock,
});
const windowMs = 1440 * minute;
const perDay = (count: number) => ({ windowMs, deployments: count, deploymentsPerDay: count, unwatched: count });

test("deliveries() counts for an application the promotions that changed what it is made of", async () => {
  expect(await deliveries({}, { windowMs, by: "application" })).toEqual([
    {
      ...{ environment: "prod", application: "blog", ...perDay(1) },
      ...{ leadTimeMs: 50 * minute, changeFailureRate: 0, restoreMs: null, waitedMs: {} },
    },
    {
      ...{ environment: "prod", application: "shop", ...perDay(1) },
      ...{ leadTimeMs: 60 * minute, changeFailureRate: 1, restoreMs: 10 * minute, waitedMs: {} },
    },
  ]);
});

test("deliveries() counts all promotions for the environment", async () => {
  expect(await deliveries({}, { windowMs, by: "environment" })).toEqual([
    {
      ...{ environment: "prod", application: null, ...perDay(4) },
      ...{ leadTimeMs: 55 * minute, changeFailureRate: 1 / 4, restoreMs: 10 * minute, waitedMs: {} },
    },
  ]);
});
