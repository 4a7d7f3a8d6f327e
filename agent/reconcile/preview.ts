import {
  type AssignedObject,
  type DriftRule,
  defaultApplyPolicy,
  defaultDeleteBudget,
  type ObjectRef,
  refKey,
  rulesFor,
} from "../../common/domain/index.ts";
import type { Takeover, WriterScope } from "../apply/index.ts";
import {
  type ApplyStep,
  fateOf,
  forecastDeletion,
  forecastHooks,
  type HookStep,
  type PlannedApplication,
  type PruneStep,
  plan,
  type Refused,
  type Treatment,
  treatmentOf,
  type Waiting,
} from "../plan/index.ts";
import type { DesiredEnvironment, LiveObject } from "../ports.ts";
import type { Context } from "./context.ts";
import { indexDesired } from "./desired-index.ts";
import { takeoverDue } from "./take-over.ts";

export interface PreviewedHook extends HookStep {
  readonly application: string;
}

/** What a pass over a desired environment would do now, as far as that can be known without asking the API server. */
export interface Preview {
  /** To be written, or, where nothing is known about what is there, to be looked at. */
  readonly steps: readonly ApplyStep[];
  /** In the end, of all waves. */
  readonly prunes: readonly PruneStep[];
  /** Git has them no more, but they stay. */
  readonly waiting: readonly Waiting[];
  readonly hooks: readonly PreviewedHook[];
  readonly refused: readonly Refused[];
  /** Applications of which nothing, or nothing new, can be applied. */
  readonly faults: readonly { readonly application: string; readonly reason: string }[];
  /** Objects that would be left as they are. */
  readonly identical: number;
  claimants(key: string): readonly string[];
  scope(application: string): WriterScope;
  treatment(application: string, object: AssignedObject): Treatment;
  rules(application: string, ref: ObjectRef): readonly DriftRule[];
  /** What is taken over of an object that was there; `applied`: the answer to applying it. */
  takeover(application: string, object: AssignedObject, applied: LiveObject): Takeover | undefined;
}

/** `applications`: only these; none: all. */
export function previewOf(context: Context, desired: DesiredEnvironment, applications: readonly string[]): Preview {
  const { environment, observer } = context;
  const index = indexDesired(desired, context.index().givenBodies, observer.isClusterScoped);
  const inventory = context.store.inventory();
  const isAsked = (name: string) => applications.length === 0 || applications.includes(name);
  const all = [
    ...new Set([...index.bodies.keys(), ...index.held.keys(), ...inventory.keys(), ...context.hooks.names()]),
  ].sort();
  const names = all.filter(isAsked);
  const plannedOf = (name: string): PlannedApplication => {
    const isSound = index.fault(name) === "";
    const isHeld = index.held.has(name);
    return { name, body: index.bodies.get(name), mayApply: isSound, mayPrune: isSound && !isHeld, isHeld };
  };
  const planned = plan(
    {
      environment,
      absenceIsTrusted: desired.absenceIsTrusted,
      claimants: (key) => index.claimants(key),
      applications: names.map(plannedOf),
      others: () => all.filter((name) => !isAsked(name)).map(plannedOf),
      maxDeletes: desired.body.maxDeletes ?? defaultDeleteBudget,
      confirmed: () => undefined,
    },
    inventory,
    observer.live,
  );
  const steps = planned.stages.flatMap((stage) => stage.steps);
  const keyOf = (application: string, ref: ObjectRef) => `${application} ${refKey(ref)}`;
  const decided = new Set([
    ...steps.map(({ application, object }) => keyOf(application, object.ref)),
    ...planned.refused.map(({ application, ref }) => keyOf(application, ref)),
  ]);
  const left = new Set(planned.left.map(({ application, ref }) => keyOf(application, ref)));
  const unknown: ApplyStep[] = [];
  let identical = 0;
  for (const application of names) {
    if (index.fault(application) !== "") continue;
    for (const object of index.bodies.get(application)?.objects ?? []) {
      const key = keyOf(application, object.ref);
      // Hooks run, they are not kept at what Git says.
      if (object.hook !== undefined || decided.has(key)) continue;
      if (left.has(key) || observer.live.knows(object.ref)) identical++;
      else unknown.push({ application, object, reason: "changed" });
    }
  }
  const isNewer = desired.header.digest !== context.index().desired.header.digest;

  function hooksOf(application: string): readonly PreviewedHook[] {
    const record = context.hooks.record(application);
    const owned = inventory.get(application);
    const body = index.bodies.get(application);
    const isBlocked = (planned.blocked.get(application) ?? null) !== null;
    let steps: readonly HookStep[] = [];
    if (index.fault(application) !== "" || index.held.has(application)) steps = [];
    else if (body !== undefined) {
      const isApplied = [...(owned?.entries.values() ?? [])].some(({ digest }) => digest !== "");
      const content = index.content(application);
      steps = forecastHooks(record, { objects: body.objects, content, isApplied, isNewer });
    } else if (record !== undefined && desired.absenceIsTrusted && !isBlocked) {
      const isDeleted = owned === undefined || fateOf(undefined, owned) === "delete";
      if (isDeleted) steps = forecastDeletion(record, owned !== undefined);
    }
    return steps.map((step) => ({ ...step, application }));
  }

  const reasons = names.map((application) => ({
    application,
    reason: index.fault(application) || (index.held.get(application) ?? ""),
  }));
  const treatment = (application: string, { policy }: AssignedObject) =>
    treatmentOf(policy, index.bodies.get(application)?.policy.apply ?? defaultApplyPolicy);
  const rules = (application: string, ref: ObjectRef) =>
    rulesFor(index.bodies.get(application)?.policy.driftIgnore ?? [], ref);
  return {
    steps: [...steps, ...unknown],
    prunes: [...planned.prunes, ...planned.laterPrunes],
    waiting: planned.waiting,
    hooks: names.flatMap(hooksOf),
    refused: planned.refused,
    faults: reasons.filter(({ reason }) => reason !== ""),
    identical,
    claimants: (key) => index.claimants(key),
    scope: (application) => {
      const { serviceAccount = "", namespacedOnly = false } = index.bodies.get(application)?.policy ?? {};
      return { serviceAccount, namespacedOnly };
    },
    treatment,
    rules,
    takeover: (application, object, applied) =>
      takeoverDue(applied, {
        assigned: object,
        entry: inventory.get(application)?.entries.get(refKey(object.ref)),
        treatment: treatment(application, object),
        patterns: index.bodies.get(application)?.policy.apply.takeover,
        rules: rules(application, object.ref),
      }),
  };
}
