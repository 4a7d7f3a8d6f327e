import {
  type AssignedObject,
  type DriftRule,
  defaultApplyPolicy,
  defaultDeleteBudget,
  type ObjectRef,
  refKey,
  rulesFor,
} from "../../common/domain/index.ts";
import type { WriterScope } from "../apply/index.ts";
import {
  type ApplyStep,
  type PlannedApplication,
  type PruneStep,
  plan,
  type Refused,
  type Treatment,
  treatmentOf,
  type Waiting,
} from "../plan/index.ts";
import type { DesiredEnvironment } from "../ports.ts";
import type { Context } from "./context.ts";
import { indexDesired } from "./desired-index.ts";

/** What a pass over a desired environment would do now, as far as that can be known without asking the API server. */
export interface Preview {
  /** To be written, or, where nothing is known about what is there, to be looked at. */
  readonly steps: readonly ApplyStep[];
  /** In the end, of all waves. */
  readonly prunes: readonly PruneStep[];
  /** Git has them no more, but they stay. */
  readonly waiting: readonly Waiting[];
  readonly refused: readonly Refused[];
  /** Applications of which nothing, or nothing new, can be applied. */
  readonly faults: readonly { readonly application: string; readonly reason: string }[];
  /** Objects that would be left as they are. */
  readonly identical: number;
  claimants(key: string): readonly string[];
  scope(application: string): WriterScope;
  treatment(application: string, object: AssignedObject): Treatment;
  rules(application: string, ref: ObjectRef): readonly DriftRule[];
}

/** `applications`: only these; none: all. */
export function previewOf(context: Context, desired: DesiredEnvironment, applications: readonly string[]): Preview {
  const { environment, observer } = context;
  const index = indexDesired(desired, context.index().givenBodies, observer.isClusterScoped);
  const inventory = context.store.inventory();
  const isAsked = (name: string) => applications.length === 0 || applications.includes(name);
  const all = [...new Set([...index.bodies.keys(), ...index.held.keys(), ...inventory.keys()])].sort();
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
  const reasons = names.map((application) => ({
    application,
    reason: index.fault(application) || (index.held.get(application) ?? ""),
  }));
  return {
    steps: [...steps, ...unknown],
    prunes: [...planned.prunes, ...planned.laterPrunes],
    waiting: planned.waiting,
    refused: planned.refused,
    faults: reasons.filter(({ reason }) => reason !== ""),
    identical,
    claimants: (key) => index.claimants(key),
    scope: (application) => {
      const { serviceAccount = "", namespacedOnly = false } = index.bodies.get(application)?.policy ?? {};
      return { serviceAccount, namespacedOnly };
    },
    treatment: (application, { policy }) =>
      treatmentOf(policy, index.bodies.get(application)?.policy.apply ?? defaultApplyPolicy),
    rules: (application, ref) => rulesFor(index.bodies.get(application)?.policy.driftIgnore ?? [], ref),
  };
}
