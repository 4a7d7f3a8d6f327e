import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { beforeEach, expect, test } from "vitest";
import { now } from "../now.ts";
import {
  sampleApplications,
  sampleChanges,
  sampleClusters,
  sampleDrift,
  sampleEnvironments,
  sampleHistory,
  sampleNow,
  samplePromotions,
  sampleRollout,
} from "../sample-fleet.ts";
import { Cluster } from "./cluster-page.tsx";
import { Clusters } from "./clusters-page.tsx";
import { Drift } from "./drift-page.tsx";
import { Environment } from "./environment-page.tsx";
import { LoginPage } from "./login-page.tsx";
import { Overview } from "./overview-page.tsx";

const [dev, staging, prod] = sampleEnvironments;
const [intoStaging] = samplePromotions;
const refused =
  'Cannot apply Deployment shop/web: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0 (apps/shop/manifests/web.yaml:1)';

beforeEach(() => {
  now.value = sampleNow;
});

/** Of a page, what people read. */
function textOf(html: string): string {
  return html
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .replace(/ ([,.:;])/g, "$1")
    .trim();
}

test("the overview shows each environment, what runs, how far it is, and the one sentence that matters", () => {
  const facts = { environments: sampleEnvironments, promotions: samplePromotions, rollouts: [sampleRollout] };
  const html = renderToString(h(Overview, { facts, problems: [] }));
  expect(textOf(html)).toBe(
    [
      "dev ✓ Healthy Branch main Runs 68d5a83c 1 cluster 1 synced 1 healthy 0 drifted 0 offline",
      "staging ✓ Healthy Branch env/staging Runs e9f94457 Next 91c9323e from dev",
      "91c9323e waits: approvals: 0 of 1 approvals 1 cluster 1 synced 1 healthy 1 drifted 0 offline",
      "prod ✕ Failed Branch env/prod Runs 68d5a83c Next nothing newer from dev",
      `Paused by drover: 1 of 1 cluster of wave "canary" failed: shop: ${refused} (prod-1) (for 20s)`,
      "Suspended: 1 of 2 clusters keep what they have 2 clusters 0 synced 2 healthy 0 drifted 0 offline",
      "canary now 0 of 1 healthy, 1 failed rest 0 of 1 healthy, 1 later",
    ].join(" "),
  );
  expect([...html.matchAll(/href="([^"]+)"/g)].map(([, path]) => path)).toEqual([
    "/environments/dev",
    "/environments/staging",
    "/environments/prod",
  ]);
  // The policy of the page refuses them.
  expect(html).not.toMatch(/ style=| on[a-z]+=/);
});

test("the overview of an empty fleet says what is wrong with it, and what makes one", () => {
  const problems = [{ severity: "error", message: "There is no such file", position: { file: "fleet.yaml" } }] as const;
  const html = renderToString(h(Overview, { facts: { environments: [], promotions: [], rollouts: [] }, problems }));
  expect(textOf(html)).toBe(
    "fleet.yaml: There is no such file No environments yet: fleet.yaml at the root of the repository's trunk names them. The hub looks again after each push.",
  );
});

test("the login says why it is there, and keeps tokens out of the address", () => {
  const html = renderToString(h(LoginPage, { reason: "The session has ended", logIn: async () => undefined }));
  expect([html.includes('role="alert"'), textOf(html).includes("The session has ended")]).toEqual([true, true]);
  expect(html).not.toMatch(/method="?get|action=/i);
});

/** What follows a heading, up to the next one. */
function below(html: string, heading: string): string {
  const [, part = ""] = new RegExp(`<h2[^>]*>${heading}(.*?)(?:<h2|$)`, "s").exec(html) ?? [];
  return textOf(part);
}

const nothing = {
  promotion: undefined,
  rollout: undefined,
  clusters: [],
  applications: [],
  history: [],
  plan: undefined,
  changes: undefined,
};

test("an environment's page shows the rollout with its clusters, the failing applications first, and who did what", () => {
  const facts = {
    ...{ environment: prod, promotion: samplePromotions[1], rollout: sampleRollout, changes: undefined },
    ...{ clusters: sampleClusters.slice(1), applications: sampleApplications, history: sampleHistory },
    plan: {
      waves: [
        { name: "canary", clusters: ["prod-1"] },
        { name: "rest", clusters: ["prod-2"] },
      ],
    },
  };
  const html = renderToString(h(Environment, { facts }));
  expect(below(html, "Rollout of")).toBe(
    [
      "68d5a83c ✕ Failed Started 24s ago, released so far e9f94457",
      "canary now 0 of 1 healthy, 1 failed Clusters ✕ prod-1 rest 0 of 1 healthy, 1 later Clusters ! prod-2",
      `Failed prod-1 in canary: shop: ${refused}`,
      "Gates ! pending go before rest: 0 of 1 approvals (for 20s)",
      "Later prod-2: suspended: admin: disk swap (for 5s) History, 2 steps",
    ].join(" "),
  );
  expect(below(html, "Applications")).toBe(
    [
      `shop ✕ Degraded 1 of 2 healthy, 1 synced ${refused} Service shop/web: No endpoints prod-1`,
      "database ✓ Healthy 2 of 2 healthy, 2 synced, 1 drifted",
    ].join(" "),
  );
  expect(below(html, "What came in")).toBe(
    [
      "68d5a83c by admin, 21s ago Why it was allowed",
      "Rolled back to 91c9323e by ann, 34h ago: checkout is slow; past freeze",
    ].join(" "),
  );
  expect(below(html, "Clusters").startsWith("✕ 1 Not healthy")).toBe(true);
  expect(html).not.toMatch(/ style=| on[a-z]+=/);
});

test("an environment's page shows what comes next: the gate that keeps it out first, and its commits", () => {
  const facts = { ...nothing, environment: staging, promotion: intoStaging, changes: sampleChanges };
  expect(below(renderToString(h(Environment, { facts })), "Next from dev")).toBe(
    [
      ": 91c9323e promoted when somebody says so 91c9323e waits: approvals: 0 of 1 approvals",
      "◐ approvals 0 of 1 approvals",
      '✓ upstream "dev": 1 of 1 clusters run it and are healthy',
      "✓ soak Healthy for 1m43s without a break, 1m needed",
      '✓ line Branch "env/staging" can be fast-forwarded',
      "2 commits that dev has, 1 file 68d5a83c Serve 1.1.0 Ann, 26s ago 91c9323e Roll out in waves Ann, 63s ago",
    ].join(" "),
  );
});

test("an environment's page says what to do where there is nothing", () => {
  const text = textOf(renderToString(h(Environment, { facts: { ...nothing, environment: dev } })));
  expect([text.includes("None: each is an application.yaml"), text.includes("drover cluster join NAME")]).toEqual([
    true,
    true,
  ]);
});

test("the clusters stay few elements, however many they are, and what needs somebody has rows", () => {
  const [fine, failing] = sampleClusters;
  const many = Array.from({ length: 5_000 }, (_, index) => ({
    ...(index % 50 === 0 ? failing : fine),
    name: `edge-${index}`,
  }));
  const html = renderToString(h(Clusters, { clusters: many, open: () => undefined }));
  expect(html.match(/<[a-z]/g)?.length).toBeLessThan(700);
  expect(textOf(html).startsWith("Find 5,000 clusters prod 100 not healthy dev 4900 healthy and in sync")).toBe(true);
  expect([html.match(/<tr/g)?.length, textOf(html).includes("Show 50 more of 50 clusters")]).toEqual([51, true]);
  expect(textOf(renderToString(h(Clusters, { clusters: [], open: () => undefined })))).toBe(
    "No clusters yet: drover cluster join NAME -l environment=dev prints the command that connects one.",
  );
});

test("a cluster's page shows what it runs, and what fails first", () => {
  const [, failing] = sampleClusters;
  const applications = sampleApplications.filter(({ cluster }) => cluster === "prod-1");
  expect(textOf(renderToString(h(Cluster, { cluster: failing, applications })))).toBe(
    [
      "Agent connected, version 0.1.0 Kubernetes v1.36.3 Labels environment=prod, canary=true",
      `prod: runs 68d5a83c, OutOfSync, Degraded shop: ${refused}`,
      `Applications shop ✕ Degraded prod ${refused} Service shop/web: No endpoints Objects (4)`,
      "database ✓ Synced prod Objects (4)",
    ].join(" "),
  );
});

test("the drift says who changed what to what", () => {
  const text = textOf(renderToString(h(Drift, { drift: sampleDrift })));
  expect(text).toBe(
    [
      "ConfigMap database/database-settings ✕ contested prod, application database, by kubectl-edit, 12 times, last 64s ago",
      'data.size "10Gi" → "20Gi" prod-2',
      "kubectl-edit writes it again and again. Either take the field out of Git, or let whoever it is leave it.",
      "Deployment shop/web ✓ corrected staging, application shop, by unknown, 1 time, last 2m ago",
      "the whole object was deleted staging-1",
    ].join(" "),
  );
  expect(textOf(renderToString(h(Drift, { drift: [] })))).toBe("No drift: everything is as Git says.");
});
