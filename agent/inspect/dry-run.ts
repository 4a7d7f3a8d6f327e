import {
  type ClusterDiff,
  type DiffError,
  type HookDiff,
  type Manifest,
  type ObjectDiff,
  type ObjectRef,
  ownershipLabels,
  refKey,
} from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import {
  concurrently,
  createObjectWriter,
  differences,
  isImmutableChange,
  ownedManifest,
  partsAfterTakeover,
  probeOf,
} from "../apply/index.ts";
import { withoutIgnored } from "../observe/index.ts";
import { type ApplyStep, isProtected, noWish, refusal, type Waiting } from "../plan/index.ts";
import type { DesiredEnvironment, KubeClient, LiveObject } from "../ports.ts";
import type { Preview } from "../reconcile/index.ts";
import { fieldChanges } from "./field-changes.ts";
import { isSecret, masked, maskedPair, maskedReason } from "./masking.ts";
import { withinSize } from "./size.ts";

export interface DryRunDependencies {
  readonly kube: KubeClient;
  readonly desired: DesiredEnvironment;
  readonly preview: Preview;
}

/** Enough to be quick, few enough that the reconciler does not notice. */
const atOnce = 4;

/**
 * What applying the desired environment would change: only what is not known to be as it was left is asked for, by server-side
 * dry-run. One object's error never hides the others.
 */
export async function dryRun(dependencies: DryRunDependencies, signal: AbortSignal): Promise<ClusterDiff> {
  const { desired, preview } = dependencies;
  const objects: ObjectDiff[] = preview.prunes.flatMap((step): ObjectDiff[] =>
    step.action === "delete" ? [withoutFields(step.application, step.entry.ref, "prune")] : [],
  );
  objects.push(...preview.waiting.map(kept));
  const errors: DiffError[] = [
    ...preview.faults.map(({ application, reason }) => ({ application, message: reason })),
    ...preview.refused.map(({ application, ref, reason }) => ({ application, object: ref, message: reason })),
  ];
  let { identical } = preview;
  const brought = createBrought(desired);
  await concurrently(preview.steps, atOnce, signal, async (step) => {
    try {
      const diff = await compare(dependencies, step, brought, signal);
      if (diff === undefined) identical += 1;
      else objects.push(diff);
    } catch (thrown) {
      const { ref, apiVersion } = step.object;
      const { message } = toAppError(thrown);
      const shown = isSecret({ apiVersion, kind: ref.kind }) ? maskedReason(message) : message;
      errors.push({ application: step.application, object: ref, message: withSource(shown, step.object.source) });
    }
  });
  signal.throwIfAborted();
  return withinSize({
    identical,
    objects: objects.sort(byObject),
    hooks: preview.hooks.map(hookDiff),
    errors: errors.sort(byError),
  });
}

/** Undefined when nothing would change. */
async function compare(
  { kube, desired, preview }: DryRunDependencies,
  { application, object }: ApplyStep,
  brought: Brought,
  signal: AbortSignal,
): Promise<ObjectDiff | undefined> {
  const { ref, apiVersion, source } = object;
  const { environment } = desired.header;
  const treatment = preview.treatment(application, object);
  if (treatment.problem !== "") throw new AppError("INVALID_ARGUMENT", treatment.problem);
  const writer = createObjectWriter(kube, preview.scope(application), signal);
  const manifest = ownedManifest(await desired.manifest(object.digest), environment, application);
  const added = (): ObjectDiff => ({ ...withoutFields(application, ref, "add", source), object: masked(manifest) });
  const changed = (before: LiveObject, after: LiveObject): ObjectDiff => ({
    ...withoutFields(application, ref, "change", source),
    fields: fieldChanges(...maskedPair(comparable(before), comparable(after))),
  });
  let live: LiveObject | undefined;
  let applied: Manifest = manifest;
  try {
    live = await writer.get(apiVersion, ref);
    const facts = live && factsOf(ref, live);
    const refused = refusal({ environment, application }, facts, preview.claimants(refKey(ref)));
    if (refused !== undefined) throw new AppError("FAILED_PRECONDITION", refused);
    const isForeign = facts !== undefined && facts.application === "";
    if (live !== undefined && treatment.mode === "ifNotPresent") return undefined;
    if (live !== undefined) applied = withoutIgnored(manifest, live, preview.rules(application, ref));
    const after = await writer.dryRun(applied, ref);
    if (live === undefined) return added();
    const mayAdopt =
      treatment.adopt === "always" || (treatment.adopt === "identical" && differences(live, after).length === 0);
    if (isForeign && !mayAdopt) {
      throw new AppError("FAILED_PRECONDITION", `It exists already and is not ours, and adopt is "${treatment.adopt}"`);
    }
    const taken = preview.takeover(application, object, after);
    const parts = taken === undefined ? [] : partsAfterTakeover(live, after, taken.managers);
    const final = parts.length === 0 ? after : await writer.dryRunWith(ref, live, parts);
    const diff = changed(live, final);
    if (diff.fields.length === 0) return undefined;
    return parts.length === 0 || taken === undefined ? diff : { ...diff, takenFrom: taken.takenFrom };
  } catch (thrown) {
    const error = toAppError(thrown);
    // Its definition or its namespace comes with the same content: only then can the API server judge it.
    if (error.code === "NOT_FOUND" && (await brought.brings(error, ref))) return added();
    if (live === undefined || !treatment.recreate || isProtected(ref) || !isImmutableChange(error)) throw thrown;
    const { name } = live.metadata;
    const again = await writer.dryRun(probeOf(applied), ref);
    const reason = "deleted and created again: a field cannot be changed";
    return { ...changed(live, { ...again, metadata: { ...again.metadata, name } }), reason };
  }
}

/** What of the content makes room for other objects of it. */
interface Brought {
  brings(missing: AppError, ref: ObjectRef): Promise<boolean>;
}

function createBrought(desired: DesiredEnvironment): Brought {
  let kinds: Promise<ReadonlySet<string>> | undefined;
  const objects = () => desired.applications.flatMap((application) => application.objects);

  async function definedKinds(): Promise<ReadonlySet<string>> {
    const definitions = objects().filter(({ ref }) => ref.kind === "CustomResourceDefinition");
    const manifests = await Promise.all(definitions.map(({ digest }) => desired.manifest(digest)));
    return new Set(manifests.map(definedKind));
  }

  return {
    async brings(missing, { group, kind, namespace }) {
      if (missing.details["kindUnknown"] === true) return (await (kinds ??= definedKinds())).has(`${group}/${kind}`);
      return objects().some(({ ref }) => ref.group === "" && ref.kind === "Namespace" && ref.name === namespace);
    },
  };
}

function definedKind(definition: Manifest): string {
  const spec = definition["spec"] as { group?: unknown; names?: { kind?: unknown } } | undefined;
  return `${String(spec?.group)}/${String(spec?.names?.kind)}`;
}

/** Without what the API server keeps for itself. */
function comparable(object: LiveObject): LiveObject {
  const { status: _status, ...rest } = object;
  const kept = Object.entries(object.metadata).filter(([name]) => !ownedByServer.has(name));
  return { ...rest, metadata: Object.fromEntries(kept) } as LiveObject;
}

const ownedByServer = new Set(["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"]);

function factsOf(ref: ObjectRef, { metadata }: LiveObject) {
  return {
    ref,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    fieldsHash: "",
    environment: metadata.labels?.[ownershipLabels.environment] ?? "",
    application: metadata.labels?.[ownershipLabels.application] ?? "",
    wish: noWish,
    wave: 0,
    deletion: undefined,
  };
}

function kept({ application, ref, reason }: Waiting): ObjectDiff {
  return { ...withoutFields(application, ref, "keep"), reason };
}

function hookDiff({ application, ref, action, phase, source, reason }: Preview["hooks"][number]): HookDiff {
  const said = { ...(phase === undefined ? {} : { phase }), ...(reason === "" ? {} : { reason }) };
  return { ...ref, application, action, source, ...said };
}

function withoutFields(application: string, ref: ObjectRef, action: ObjectDiff["action"], source = ""): ObjectDiff {
  return { ...ref, application, action, source, fields: [] };
}

function withSource(message: string, source: string): string {
  return source === "" ? message : `${message} (${source})`;
}

/** 1. application 2. object. */
function byObject(left: ObjectDiff, right: ObjectDiff): number {
  return order(`${left.application} ${refKey(left)}`, `${right.application} ${refKey(right)}`);
}

function byError(left: DiffError, right: DiffError): number {
  const key = ({ application, object, message }: DiffError) =>
    `${application} ${object === undefined ? "" : refKey(object)} ${message}`;
  return order(key(left), key(right));
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
