import { expect, test } from "vitest";
import { parseGateJob } from "./gate-job.ts";

const good = `apiVersion: batch/v1
kind: Job
metadata: { name: smoke }
spec:
  template:
    spec:
      containers:
        - name: smoke
          image: curl:8
          args: ["-f", "http://shop/healthz"]
`;

test("parseGateJob() fills in the gentlest values", () => {
  expect(parseGateJob(good, "checks/smoke.yaml")).toEqual({
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "smoke", labels: {}, annotations: {} },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels: {}, annotations: {} },
          spec: {
            restartPolicy: "Never",
            containers: [{ name: "smoke", image: "curl:8", args: ["-f", "http://shop/healthz"] }],
          },
        },
      },
    },
    problems: [],
  });
});

test("parseGateJob() refuses what reaches for the node or for privileges, with its line", () => {
  const greedy = good.replace(
    "      containers:\n",
    `      hostNetwork: true
      volumes:
        - { name: root, hostPath: { path: / } }
      containers:
        - { name: a, image: a, securityContext: { privileged: true, runAsUser: 0 } }
`,
  );
  const { job, problems } = parseGateJob(greedy, "checks/smoke.yaml");
  expect(job).toBeUndefined();
  expect(
    problems.map(({ message, position }) => `${position?.line} ${position?.path}: ${message}`),
  ).toMatchInlineSnapshot(`
    [
      "7 spec.template.spec.hostNetwork: Unknown field "hostNetwork": expected "restartPolicy", "serviceAccountName", "automountServiceAccountToken", "imagePullSecrets", "nodeSelector", "tolerations", "securityContext", "volumes", "initContainers" or "containers"",
      "9 spec.template.spec.volumes[0].hostPath: Unknown field "hostPath": expected "name", "emptyDir", "configMap" or "secret"",
      "11 spec.template.spec.containers[0].securityContext.runAsUser: Expected 1 or more: not root: got 0",
      "11 spec.template.spec.containers[0].securityContext.privileged: Expected "false": got true",
    ]
  `);
});

test("parseGateJob() refuses other kinds and empty files", () => {
  expect(parseGateJob("kind: Pod\napiVersion: v1\n", "a.yaml").job).toBeUndefined();
  expect(parseGateJob("", "a.yaml").problems).toMatchObject([{ message: "Empty file: expected a mapping" }]);
});
