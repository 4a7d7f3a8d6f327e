import { adoptAnnotation, displayRef, ownershipLabels, refKey } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import { concurrently, differences } from "../apply/index.ts";
import type { ApplyStep, Stage } from "../plan/index.ts";
import type { LiveObject } from "../ports.ts";
import { type Context, manifestOf, treatmentFor } from "./context.ts";
import type { ObjectState } from "./state.ts";
import { failed } from "./writes.ts";

/**
 * Looks at what would be written for the first time and may be there already as somebody else's, where policy asks whether it is.
 * Returns the stages without what stays as it is: that is never recorded as ours. Makes no request where everything may be adopted.
 */
export async function survey(
  context: Context,
  stages: readonly Stage[],
  signal: AbortSignal,
): Promise<readonly Stage[]> {
  const kept = new Set<ApplyStep>();
  const asked = stages.flatMap(({ steps }) => steps.filter((step) => isAsked(context, step)));
  if (asked.length === 0) return stages;
  await concurrently(asked, context.concurrency, signal, async (step) => {
    const object = stateOf(context, step);
    if (object === undefined || object.left === "present" || object.retryAt > context.clock.now()) return;
    await context.locks.run(object.key, async () => {
      if (await mayWrite(context, object)) kept.add(step);
    });
    context.refresh(object);
  });
  const isGone = new Set(asked.filter((step) => !kept.has(step)));
  return stages.map(({ name, steps }) => ({ name, steps: steps.filter((step) => !isGone.has(step)) }));
}

function isAsked(context: Context, { application, object, reason }: ApplyStep): boolean {
  const state = stateOf(context, { application, object });
  if (reason !== "new" || state === undefined || context.observer.get(state.key) !== undefined) return false;
  const { mode, adopt } = treatmentFor(context, state);
  if (mode === "ifNotPresent") return true;
  const entry = context.store.inventory().get(application)?.entries.get(state.key);
  return adopt !== "always" && (entry === undefined || entry.uid === "");
}

function stateOf(context: Context, step: Pick<ApplyStep, "application" | "object">): ObjectState | undefined {
  const objects = context.applications.get(step.application)?.objects;
  return objects?.get(refKey(step.object.ref));
}

async function mayWrite(context: Context, object: ObjectState): Promise<boolean> {
  const { application, ref } = object;
  try {
    const live = await context.writer(application).get(object.assigned.apiVersion, ref);
    if (live === undefined || isOurs(context, object, live)) return true;
    const { mode, adopt } = treatmentFor(context, object);
    if (mode === "ifNotPresent") {
      object.left = "present";
      object.error = "";
    } else {
      const different = adopt === "never" ? [] : await changes(context, object, live);
      if (adopt === "identical" && different.length === 0) return true;
      failed(context, object, refusal(object, adopt, live, different));
    }
    // What it may have been before, it is not ours.
    context.store.remove(application, object.key);
    return false;
  } catch (thrown) {
    // Its definition may come with this very assignment: then there is nothing to adopt.
    if (toAppError(thrown).details["kindUnknown"] === true) return true;
    failed(context, object, thrown);
    return false;
  }
}

async function changes(context: Context, object: ObjectState, live: LiveObject): Promise<readonly string[]> {
  const manifest = await manifestOf(context, object);
  return differences(live, await context.writer(object.application).dryRun(manifest, object.ref));
}

function isOurs(context: Context, object: ObjectState, { metadata: { labels } }: LiveObject): boolean {
  return (
    labels?.[ownershipLabels.environment] === context.environment &&
    labels[ownershipLabels.application] === object.application
  );
}

function refusal(object: ObjectState, adopt: string, live: LiveObject, different: readonly string[]): AppError {
  const names = new Set((live.metadata.managedFields ?? []).map(({ manager = "" }) => `"${manager}"`));
  const managers = names.size === 0 ? "somebody unknown" : [...names].join(", ");
  const what = different.length === 0 ? "" : ` and differs in ${different.join(", ")}`;
  return new AppError(
    "FAILED_PRECONDITION",
    `Cannot apply ${displayRef(object.ref)}: it exists already, managed by ${managers}${what}, and adopt is "${adopt}": set adopt to "always" in application.yaml or by the annotation ${adoptAnnotation}, or delete it`,
  );
}
