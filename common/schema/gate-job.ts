import { z } from "zod";
import type { Problem } from "../domain/index.ts";
import { parseFile } from "./parse-file.ts";

const stringsSchema = z.record(z.string(), z.string());
const textSchema = z.string().min(1, "a text");
const namedSchema = z.strictObject({ name: textSchema, optional: z.boolean().optional() });
const keySchema = z.strictObject({ name: textSchema, key: textSchema, optional: z.boolean().optional() });
const idSchema = z.int("a whole number").min(1, "1 or more: not root");
const onlyFalse = z.literal(false, "false");

const containerSecuritySchema = z.strictObject({
  runAsUser: idSchema.optional(),
  runAsGroup: idSchema.optional(),
  runAsNonRoot: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  privileged: onlyFalse.optional(),
  allowPrivilegeEscalation: onlyFalse.optional(),
  capabilities: z.strictObject({ drop: z.array(z.string()) }).optional(),
});

const containerSchema = z.strictObject({
  name: textSchema,
  image: textSchema,
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: textSchema.optional(),
  env: z
    .array(
      z.strictObject({
        name: textSchema,
        value: z.string().optional(),
        valueFrom: z
          .strictObject({ secretKeyRef: keySchema.optional(), configMapKeyRef: keySchema.optional() })
          .optional(),
      }),
    )
    .optional(),
  envFrom: z
    .array(z.strictObject({ configMapRef: namedSchema.optional(), secretRef: namedSchema.optional() }))
    .optional(),
  resources: z
    .strictObject({
      limits: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      requests: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
  volumeMounts: z
    .array(
      z.strictObject({
        name: textSchema,
        mountPath: textSchema,
        subPath: textSchema.optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .optional(),
  securityContext: containerSecuritySchema.optional(),
});

const volumeSchema = z.strictObject({
  name: textSchema,
  emptyDir: z
    .strictObject({ sizeLimit: z.union([z.string(), z.number()]).optional(), medium: z.string().optional() })
    .optional(),
  configMap: namedSchema.optional(),
  secret: z.strictObject({ secretName: textSchema, optional: z.boolean().optional() }).optional(),
});

const tolerationSchema = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(["Exists", "Equal"]).optional(),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
  tolerationSeconds: z.int("a whole number").optional(),
});

const podSchema = z.strictObject({
  restartPolicy: z.enum(["Never", "OnFailure"]).default("Never"),
  serviceAccountName: textSchema.optional(),
  automountServiceAccountToken: z.boolean().optional(),
  imagePullSecrets: z.array(z.strictObject({ name: textSchema })).optional(),
  nodeSelector: stringsSchema.optional(),
  tolerations: z.array(tolerationSchema).optional(),
  securityContext: z
    .strictObject({
      runAsUser: idSchema.optional(),
      runAsGroup: idSchema.optional(),
      runAsNonRoot: z.boolean().optional(),
      fsGroup: z.int("a whole number").optional(),
    })
    .optional(),
  volumes: z.array(volumeSchema).optional(),
  initContainers: z.array(containerSchema).optional(),
  containers: z.array(containerSchema).min(1, "at least one container"),
});

/** What keeps to itself: nothing of the node, no privileges, no time of its own; those are the gate's. */
const gateJobSchema = z.strictObject({
  apiVersion: z.literal("batch/v1", '"batch/v1"'),
  kind: z.literal("Job", '"Job"'),
  metadata: z
    .strictObject({
      name: z.string().optional(),
      namespace: z.string().optional(),
      labels: stringsSchema.default({}),
      annotations: stringsSchema.default({}),
    })
    .prefault({}),
  spec: z.strictObject({
    backoffLimit: z.int("a whole number").min(0, "0 or more").max(10, "10 or less").default(0),
    completions: z.int("a whole number").min(1, "1 or more").max(100, "100 or less").optional(),
    parallelism: z.int("a whole number").min(1, "1 or more").max(100, "100 or less").optional(),
    template: z.strictObject({
      metadata: z
        .strictObject({ labels: stringsSchema.default({}), annotations: stringsSchema.default({}) })
        .prefault({}),
      spec: podSchema,
    }),
  }),
});

export type GateJob = z.output<typeof gateJobSchema>;

/** The file that a gate of the kind "job" names. */
export function parseGateJob(
  text: string,
  file: string,
): { readonly job: GateJob | undefined; readonly problems: readonly Problem[] } {
  const { content, problems } = parseFile(gateJobSchema, text, file);
  return { job: content, problems };
}
