import {
  type Ack,
  type AdoptMode,
  type ApplicationBody,
  type ApplicationEntry,
  type ApplicationPolicy,
  type ApplyPolicy,
  type AssignmentBody,
  type AssignmentHeader,
  ackPhases,
  adoptModes,
  deletionPolicies,
  driftModes,
  groupOf,
  type ObjectPolicy,
} from "../domain/index.ts";
import { AppError } from "../errors.ts";
import type { Ack__Output } from "./gen/drover/v1/Ack.ts";
import { applicationBodyMessage, assignmentBodyMessage, assignmentHeaderMessage } from "./messages.ts";
import { decodeSyncOrder, encodeSyncOrder } from "./sync-order-codec.ts";

export function encodeAssignmentHeader(header: AssignmentHeader): Buffer {
  return assignmentHeaderMessage.encode({ ...header, confirmedPrunes: [...(header.confirmedPrunes ?? [])] });
}

export function decodeAssignmentHeader(bytes: Uint8Array): AssignmentHeader {
  return decoding("assignment header", () => assignmentHeaderMessage.decode(bytes));
}

export function encodeAssignmentBody(body: AssignmentBody): Buffer {
  return assignmentBodyMessage.encode({ ...body, applications: [...body.applications] });
}

export function decodeAssignmentBody(bytes: Uint8Array): AssignmentBody {
  return decoding("assignment body", () => {
    const { applications, ...message } = assignmentBodyMessage.decode(bytes);
    const maxDeletes = message.maxDeletes ?? undefined;
    return {
      applications: applications.map(
        (entry): ApplicationEntry =>
          entry.digest === ""
            ? { name: entry.name, heldReason: entry.heldReason }
            : { name: entry.name, digest: entry.digest },
      ),
      ...(maxDeletes === undefined ? {} : { maxDeletes }),
    };
  });
}

export function encodeApplicationBody(body: ApplicationBody): Buffer {
  return applicationBodyMessage.encode({
    name: body.name,
    revision: body.revision,
    policy: {
      ...policyFields(body.policy),
      health: [...body.policy.health],
      takeover: [...body.policy.apply.takeover],
      ...said(body.policy.apply),
      driftIgnore: body.policy.driftIgnore.map(({ target, paths, managers }) => ({
        ...target,
        paths: [...paths],
        managers: [...managers],
      })),
    },
    dependsOn: [...body.dependsOn],
    objects: body.objects.map(({ apiVersion, ref, digest, source, policy, wave, hook }) => ({
      ...encodeSyncOrder(wave, hook),
      apiVersion,
      kind: ref.kind,
      namespace: ref.namespace,
      name: ref.name,
      digest,
      source,
      ...policy,
    })),
  });
}

/** What an older hub would not have said is left out where it says nothing: the same content keeps its bytes. */
function policyFields(policy: ApplicationPolicy) {
  const { serviceAccount, namespacedOnly, ...others } = policy;
  return {
    ...others,
    ...(serviceAccount === "" ? {} : { serviceAccount }),
    ...(namespacedOnly ? { namespacedOnly } : {}),
  };
}

export function decodeApplicationBody(bytes: Uint8Array): ApplicationBody {
  return decoding("application body", () => {
    const { name, revision, policy, dependsOn, objects } = applicationBodyMessage.decode(bytes);
    const maxDeletes = policy?.maxDeletes ?? undefined;
    const deletion = deletionPolicies.find((known) => known === policy?.deletion);
    return {
      name,
      revision,
      dependsOn,
      policy: {
        prune: policy?.prune ?? false,
        ...(deletion === undefined ? {} : { deletion }),
        ...(maxDeletes === undefined ? {} : { maxDeletes }),
        driftMode: driftModes.find((mode) => mode === policy?.driftMode) ?? "report",
        timeoutSeconds: policy?.timeoutSeconds ?? 300,
        driftStrict: policy?.driftStrict ?? false,
        serviceAccount: policy?.serviceAccount ?? "",
        namespacedOnly: policy?.namespacedOnly ?? false,
        driftIgnore: (policy?.driftIgnore ?? []).map(({ group, kind, namespace, name: named, paths, managers }) => ({
          target: { group, kind, namespace, name: named },
          paths,
          managers,
        })),
        health: (policy?.health ?? []).map(({ group, kind, inProgress, failed, current }) => ({
          group,
          kind,
          inProgress,
          failed,
          current,
        })),
        apply: {
          takeover: policy?.takeover ?? [],
          adopt: adoptModeOf(policy?.adopt ?? ""),
          recreate: policy?.recreate ?? false,
        },
      },
      objects: objects.map((object) => ({
        apiVersion: object.apiVersion,
        ref: {
          group: groupOf(object.apiVersion),
          kind: object.kind,
          namespace: object.namespace,
          name: object.name,
        },
        digest: object.digest,
        source: object.source,
        ...objectPolicy(object),
        ...decodeSyncOrder(object),
      })),
    };
  });
}

/** Bytes are as before where nothing is said. */
function said({ adopt, recreate }: ApplyPolicy): { readonly adopt?: string; readonly recreate?: boolean } {
  return { ...(adopt === "always" ? {} : { adopt }), ...(recreate ? { recreate } : {}) };
}

/** What a newer hub says in other words is taken for the most cautious. */
function adoptModeOf(text: string): AdoptMode {
  return text === "" ? "always" : (adoptModes.find((mode) => mode === text) ?? "never");
}

function objectPolicy({ apply, adopt, recreate }: ObjectPolicy): { readonly policy?: ObjectPolicy } {
  return apply === "" && adopt === "" && recreate === "" ? {} : { policy: { apply, adopt, recreate } };
}

/** Undefined for a phase this version does not know: a newer agent's, to be ignored. */
export function decodeAck(ack: Ack__Output): Ack | undefined {
  const phase = ackPhases.find((known) => known === ack.phase);
  if (phase === undefined) return undefined;
  const { environment, generation, digest, reason } = ack;
  return { environment, generation, digest, phase, reason };
}

function decoding<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (thrown) {
    throw new AppError("INVALID_ARGUMENT", `Cannot decode ${what}: the bytes are no such message`, { cause: thrown });
  }
}
