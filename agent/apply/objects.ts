import { displayRef, fieldManager, type Manifest, type ObjectRef } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { DeleteOptions, KindInfo, KubeClient, LiveObject, ManagedFieldsEntry, ObjectPart } from "../ports.ts";
import { encryptedField } from "./encrypted.ts";

/** What is done to single objects. What it throws says what was done to which. */
export interface ObjectWriter {
  apply(manifest: Manifest, ref: ObjectRef): Promise<LiveObject>;
  /** What it would be after apply(). */
  dryRun(manifest: Manifest, ref: ObjectRef): Promise<LiveObject>;
  /** What it would be with these parts in place of its own. */
  dryRunWith(ref: ObjectRef, live: LiveObject, parts: readonly ObjectPart[]): Promise<LiveObject>;
  /** "gone" when it does not exist any more in the incarnation `uid`; ABORTED when it has changed since that version. */
  delete(apiVersion: string, ref: ObjectRef, seen: Seen): Promise<"deleted" | "gone">;
  get(apiVersion: string, ref: ObjectRef): Promise<LiveObject | undefined>;
  /** `fields`: ways from the root of this very version, the last ones of a list first. */
  removeFields(ref: ObjectRef, live: LiveObject, fields: readonly (readonly string[])[]): Promise<LiveObject>;
  /** Of this very version. */
  setManagers(ref: ObjectRef, live: LiveObject, managers: readonly ManagedFieldsEntry[]): Promise<LiveObject>;
}

/** What an application may do to objects. */
export interface WriterScope {
  /** "namespace/name": its rights count for every change; "" for the agent's own. */
  readonly serviceAccount: string;
  /** Refuses kinds that live outside of namespaces. */
  readonly namespacedOnly: boolean;
}

/** The very object that a decision is about. */
export type Seen = Pick<DeleteOptions, "uid" | "resourceVersion">;

export function createObjectWriter(kube: KubeClient, scope: WriterScope, signal: AbortSignal): ObjectWriter {
  const actingAs = scope.serviceAccount === "" ? undefined : scope.serviceAccount;

  async function request<T>(
    doing: string,
    apiVersion: string,
    ref: ObjectRef,
    work: (kind: KindInfo) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work(await kube.kindOf(apiVersion, ref.kind, { signal }));
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toAppError(thrown);
      const { code, details } = error;
      const who = actingAs !== undefined && code === "PERMISSION_DENIED" ? ` as service account ${actingAs}` : "";
      throw new AppError(code, `Cannot ${doing} ${displayRef(ref)}${who}: ${reasonIn(error, ref)}`, {
        cause: error,
        details,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      });
    }
  }

  function apply(manifest: Manifest, ref: ObjectRef, dryRun: boolean): Promise<LiveObject> {
    return request("apply", manifest.apiVersion, ref, async (kind) => {
      const encrypted = encryptedField(manifest);
      if (encrypted !== undefined) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `it is encrypted with SOPS (${encrypted}) and there is no key here: what is not decrypted is never applied`,
        );
      }
      if (kind.namespaced && ref.namespace === "") throw new AppError("INVALID_ARGUMENT", "it has no namespace");
      if (!kind.namespaced && scope.namespacedOnly) {
        throw new AppError(
          "PERMISSION_DENIED",
          `${ref.kind} lives outside of namespaces, where its tenant may not write`,
        );
      }
      return kube.apply(kind, manifest, { fieldManager, force: true, dryRun, actingAs, signal });
    });
  }

  return {
    apply: (manifest, ref) => apply(manifest, ref, false),
    dryRun: (manifest, ref) => apply(manifest, ref, true),
    dryRunWith: (ref, live, parts) =>
      request("apply", live.apiVersion, ref, (kind) =>
        kube.dryRunWith(kind, live, parts, { fieldManager, actingAs, signal }),
      ),
    delete: (apiVersion, ref, seen) =>
      request("delete", apiVersion, ref, (kind) =>
        kube.delete(kind, ref.namespace, ref.name, { ...seen, actingAs, signal }),
      ),
    removeFields: (ref, live, fields) =>
      request("change", live.apiVersion, ref, (kind) =>
        kube.removeFields(kind, live, fields, { fieldManager, actingAs, signal }),
      ),
    setManagers: (ref, live, managers) =>
      request("take over fields of", live.apiVersion, ref, (kind) =>
        kube.setManagers(kind, live, managers, { fieldManager, actingAs, signal }),
      ),
    get: (apiVersion, ref) =>
      request("read", apiVersion, ref, (kind) => kube.get(kind, ref.namespace, ref.name, { signal })),
  };
}

/** Without what is said already: "Cannot apply ConfigMap shop/a: …". */
function reasonIn({ message }: AppError, ref: ObjectRef): string {
  const named = `${displayRef(ref)}: `;
  const at = message.indexOf(named);
  if (message.startsWith("Cannot ") && at !== -1) return message.slice(at + named.length);
  return message.replace(/^Cannot /, "cannot ");
}
