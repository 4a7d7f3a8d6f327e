import { readFile, rm, writeFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AppError } from "../../common/errors.ts";
import { describeKubeClient } from "./kube-client.ts";
import { asDrover, configMaps, type KubeClientStage } from "./kube-client-stage.ts";
import { configMap, createNamespace, uniqueName } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";

const patient = { timeout: 30_000, interval: 100 };

/** Authorization and admission, which the simulation has not got. */
function describeRefusals(stage: () => KubeClientStage): void {
  describe("refusals", () => {
    test("a lack of permission is PERMISSION_DENIED and names the user", async () => {
      const { cluster, connect } = stage();
      const namespace = await createNamespace(cluster);
      const text = await readFile(cluster.kubeconfig, "utf8");
      const path = `${cluster.kubeconfig}-${namespace}`;
      await writeFile(
        path,
        text.replace(/"?token"?:/, (token) => `"as": "joe", ${token}`),
      );
      onTestFinished(() => rm(path));
      const client = await connect(path);
      onTestFinished(() => client.close());
      await expect(client.apply(configMaps, configMap(namespace, "a", {}), asDrover)).rejects.toMatchObject({
        code: "PERMISSION_DENIED",
        message: expect.stringContaining('User "joe" cannot patch resource "configmaps"'),
      });
    });

    test("a policy's denial is INVALID_ARGUMENT and names the policy", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const name = uniqueName("no-red");
      const admission = "admissionregistration.k8s.io/v1";
      const matched = {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      };
      await client.apply(
        await client.kindOf(admission, "ValidatingAdmissionPolicy"),
        {
          apiVersion: admission,
          kind: "ValidatingAdmissionPolicy",
          metadata: { name },
          spec: {
            matchConstraints: matched,
            validations: [{ expression: "object.data.colour != 'red'", message: "red is not wanted" }],
          },
        },
        asDrover,
      );
      await client.apply(
        await client.kindOf(admission, "ValidatingAdmissionPolicyBinding"),
        {
          apiVersion: admission,
          kind: "ValidatingAdmissionPolicyBinding",
          metadata: { name },
          spec: { policyName: name, validationActions: ["Deny"] },
        },
        asDrover,
      );
      const applyRed = () => client.apply(configMaps, configMap(namespace, uniqueName(), { colour: "red" }), asDrover);
      await expect
        .poll(
          () =>
            applyRed().then(
              () => "applied",
              (error: AppError) => ({ code: error.code, deniedBy: error.details["deniedBy"] }),
            ),
          patient,
        )
        .toEqual({ code: "INVALID_ARGUMENT", deniedBy: { type: "policy", name } });
      await expect(applyRed()).rejects.toThrow("red is not wanted");
    });

    test("an immutable field is INVALID_ARGUMENT and named in details.causes", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const manifest = (colour: string) => ({ ...configMap(namespace, "a", { colour }), immutable: true });
      await client.apply(configMaps, manifest("red"), asDrover);
      await expect(client.apply(configMaps, manifest("blue"), asDrover)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        details: { causes: [{ field: "data", message: expect.stringContaining("field is immutable") }] },
      });
    });

    test("a namespace that is going away is FAILED_PRECONDITION with details.namespaceTerminating", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      expect(await client.delete(await client.kindOf("v1", "Namespace"), "", namespace, {})).toBe("deleted");
      await expect
        .poll(() => client.apply(configMaps, configMap(namespace, uniqueName(), {}), asDrover).catch(String), patient)
        .toContain("being terminated");
      await expect(client.apply(configMaps, configMap(namespace, uniqueName(), {}), asDrover)).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
        details: { namespaceTerminating: true },
      });
    });
  });
}

describeKubeClient("a real control plane", () => realCluster(), describeRefusals);
