import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { beforeEach, expect, test } from "vitest";
import { now } from "../now.ts";
import { sampleEnvironments, sampleNow, samplePromotions, sampleRollout } from "../sample-fleet.ts";
import { LoginPage } from "./login-page.tsx";
import { Overview } from "./overview-page.tsx";

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
    .trim();
}

test("the overview shows each environment, what runs, how far it is, and the one sentence that matters", () => {
  const facts = { environments: sampleEnvironments, promotions: samplePromotions, rollouts: [sampleRollout] };
  const html = renderToString(h(Overview, { facts }));
  const refused =
    'Cannot apply Deployment shop/web: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0 (apps/shop/manifests/web.yaml:1)';
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

test("the overview of an empty fleet says what makes one", () => {
  const html = renderToString(h(Overview, { facts: { environments: [], promotions: [], rollouts: [] } }));
  expect(textOf(html)).toBe(
    "No environments yet: fleet.yaml at the root of the repository's trunk names them. The hub looks again after each push.",
  );
});

test("the login says why it is there, and keeps tokens out of the address", () => {
  const html = renderToString(h(LoginPage, { reason: "The session has ended", logIn: async () => undefined }));
  expect([html.includes('role="alert"'), textOf(html).includes("The session has ended")]).toEqual([true, true]);
  expect(html).not.toMatch(/method="?get|action=/i);
});
