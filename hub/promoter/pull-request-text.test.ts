import { expect, test } from "vitest";
import { pullRequestText } from "./pull-request-text.ts";

const candidate = "0123456789abcdef0123456789abcdef01234567";
const commit = (message: string) => ({
  revision: candidate,
  tree: candidate,
  parents: [],
  author: { name: "Ann", email: "ann@example.org", at: "2026-11-23T10:00:00Z" },
  message,
});

test("pullRequestText() shows what comes and what it waits for", () => {
  expect(
    pullRequestText({
      environment: "prod",
      from: "staging",
      candidate,
      commits: [commit("shop: sell more\n\nMuch more.")],
      rendered: {
        cluster: "prod-1",
        applications: [
          { name: "shop", added: 1, changed: 2, removed: 0 },
          { name: "till", problem: "apps/till/a|b.yaml:1 No value" },
        ],
        complete: false,
      },
      gates: [
        { name: "upstream", state: "passed", reason: '"staging" is healthy' },
        { name: "approvals", state: "waiting", reason: "0 of 1 approvals" },
        { name: "hold", state: "failed", reason: "Held by ann" },
      ],
      mode: "manual",
      link: "https://drover.example/environments/prod",
    }),
  ).toEqual({
    title: "Promote 0123456789ab from staging into prod",
    body: `Takes \`0123456789ab\` from **staging** into **prod**. Merge it, or say \`drover promote prod\`, when it is to go.
A newer commit takes its place here; closing it holds this commit back until there is a newer one.

### Gates

| gate | reason |
| --- | --- |
| ✅ upstream | "staging" is healthy |
| ⏳ approvals | 0 of 1 approvals |
| ❌ hold | Held by ann |

### Changes

- 0123456789ab shop: sell more (Ann)

### Rendered objects for cluster prod-1

| application | added | changed | removed |
| --- | --- | --- | --- |
| shop | 1 | 2 | 0 |
| till | apps/till/a\\|b.yaml:1 No value | | |

Only the first 50 applications are shown.

\`drover diff prod --revision 0123456789ab\` shows what each cluster would get.

[prod in Drover](https://drover.example/environments/prod)
`,
  });
});

test("pullRequestText() keeps what others wrote in its place", () => {
  const { body } = pullRequestText({
    environment: "prod",
    from: "staging",
    candidate,
    commits: [commit("a | b <script> @everyone [x](y)"), ...Array.from({ length: 50 }, () => commit("more"))],
    rendered: undefined,
    gates: [],
    mode: "auto",
    link: undefined,
  });
  expect(body).toContain("- 0123456789ab a \\| b \\<script\\> @\u200beveryone \\[x\\](y) (Ann)");
  expect(body).toContain("- and older ones");
  expect(body).toContain("The hub merges this as soon as every gate has passed.");
});
