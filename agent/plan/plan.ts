import { type AssignedObject, defaultApplyPolicy, type ObjectRef, refKey } from "../../common/domain/index.ts";
import type { Inventory } from "../inventory/index.ts";
import { type ApplyReason, applyReason, refusal } from "./decide.ts";
import type { Desired } from "./desired.ts";
import { type Front, frontOf } from "./front.ts";
import { compareRefs, type StageName, stageNames, stageOf } from "./kind-order.ts";
import type { LiveFacts, LiveView } from "./live.ts";
import { type PlannedPrunes, planPrunes } from "./prunes.ts";
import { type LeftAlone, leftAlone, treatmentOf } from "./treatment.ts";

export interface ApplyStep {
  readonly application: string;
  readonly object: AssignedObject;
  readonly reason: ApplyReason;
}

export interface Stage {
  readonly name: StageName;
  /** In the order of their kinds. */
  readonly steps: readonly ApplyStep[];
}

export interface Refused {
  readonly application: string;
  readonly ref: ObjectRef;
  readonly reason: string;
}

export interface Left {
  readonly application: string;
  readonly ref: ObjectRef;
  readonly reason: Exclude<LeftAlone, "">;
}

export interface Plan extends PlannedPrunes {
  /** Without empty ones. */
  readonly stages: readonly Stage[];
  readonly refused: readonly Refused[];
  /** Neither written nor compared. */
  readonly left: readonly Left[];
  /** Of the applications that go into the cluster step by step. */
  readonly fronts: ReadonlyMap<string, Front>;
}

/** What to do, and why, so that `live` becomes `desired`; nothing when it is already. */
export function plan(desired: Desired, inventory: Inventory, live: LiveView): Plan {
  const steps: ApplyStep[] = [];
  const refused: Refused[] = [];
  const left: Left[] = [];
  const fronts = new Map<string, Front>();
  const { environment } = desired;
  for (const { name: application, body, mayApply, progress } of desired.applications) {
    const owned = inventory.get(application);
    const front = body === undefined || progress === undefined ? undefined : frontOf(body, progress);
    if (front !== undefined) fronts.set(application, front);
    for (const object of body?.objects ?? []) {
      if (object.hook !== undefined) continue;
      const key = refKey(object.ref);
      const facts = live.get(key);
      const { mode } = treatmentOf(object.policy, body?.policy.apply ?? defaultApplyPolicy);
      const leave = leftAlone(mode, isOf(facts, environment, application) ? facts : undefined);
      if (leave !== "") {
        left.push({ application, ref: object.ref, reason: leave });
        continue;
      }
      const reason = refusal({ environment, application }, facts, desired.claimants(key));
      if (reason !== undefined) {
        refused.push({ application, ref: object.ref, reason });
        continue;
      }
      const entry = owned?.entries.get(key);
      const found = applyReason({ environment, application }, object, entry, live, body?.policy.driftIgnore ?? []);
      // Nobody's drift: what is to be created only is created again when it is gone.
      const why = mode === "ifNotPresent" && found !== undefined ? "new" : found;
      const isDrift = why === "missing" || why === "drifted";
      const isDue = mayApply && (front === undefined || front.mayWrite(object));
      if (why !== undefined && (isDue || isDrift)) steps.push({ application, object, reason: why });
    }
  }
  return { stages: stagesOf(steps), refused, left, fronts, ...planPrunes(desired, inventory, live) };
}

function isOf(facts: LiveFacts | undefined, environment: string, application: string): boolean {
  return facts?.environment === environment && facts.application === application;
}

function stagesOf(steps: readonly ApplyStep[]): readonly Stage[] {
  const byName = new Map<StageName, ApplyStep[]>(stageNames.map((name) => [name, []]));
  for (const step of steps) byName.get(stageOf(step.object.ref.kind))?.push(step);
  return [...byName]
    .filter(([, inStage]) => inStage.length > 0)
    .map(([name, inStage]) => ({ name, steps: inStage.sort((a, b) => compareRefs(a.object.ref, b.object.ref)) }));
}
