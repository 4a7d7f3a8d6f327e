import { expect, test } from "vitest";
import { environmentProblems, resolveFleet } from "./fleet.ts";

const text = `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments:
  - name: dev
    clusters: { matchLabels: { environment: dev, tier: a } }
  - name: staging
    branch: stage
    from: dev
    clusters: { matchLabels: { environment: staging }, matchExpressions: [{ key: old, operator: DoesNotExist }] }
`;

test("resolveFleet() says where fleet.yaml is expected when it is missing", () => {
  const { fleet, problems } = resolveFleet(undefined, "main");
  expect(fleet).toBeUndefined();
  expect(problems).toEqual([
    {
      severity: "error",
      message: 'Missing file "fleet.yaml": expected it at the root of branch "main"',
      position: { file: "fleet.yaml" },
    },
  ]);
});

test("environmentProblems() names missing branches and selectors that match nothing, by environment", () => {
  const resolution = resolveFleet(text, "main");
  const clusters = [{ name: "c1", labels: { environment: "dev", tier: "a" } }];
  expect(environmentProblems(resolution, ["main"], clusters)).toEqual(
    new Map([
      ["dev", []],
      [
        "staging",
        [
          {
            severity: "error",
            message: `Branch "stage" does not exist: expected it in the repository ('drover promote staging' creates it)`,
            position: { file: "fleet.yaml", line: 7, path: "environments[1].branch" },
          },
          {
            severity: "warning",
            message: 'No cluster matches "environment=staging, old DoesNotExist": expected at least one of 1',
            position: { file: "fleet.yaml", line: 9, path: "environments[1].clusters" },
          },
        ],
      ],
    ]),
  );
});

test("environmentProblems() does not blame the selector before any cluster has joined", () => {
  const found = environmentProblems(resolveFleet(text, "main"), ["main"], []);
  expect(found.get("dev")?.map(({ message }) => message)).toEqual(["No cluster has joined yet"]);
});

test("environmentProblems() allows two environments to select the same cluster", () => {
  const twice = resolveFleet(
    `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments: [{ name: a, branch: x, clusters: {} }, { name: b, clusters: {} }]
`,
    "main",
  );
  const clusters = [{ name: "c1", labels: {} }];
  expect([...environmentProblems(twice, ["main", "x"], clusters).values()]).toEqual([[], []]);
});
