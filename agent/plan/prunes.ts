import { type BlockedPrune, refKey } from "../../common/domain/index.ts";
import { type ApplicationInventory, type Inventory, type InventoryEntry, staleEntries } from "../inventory/index.ts";
import type { Desired, PlannedApplication } from "./desired.ts";
import { guardDeletes } from "./guard.ts";
import { compareRefs } from "./kind-order.ts";
import type { LiveView } from "./live.ts";
import { type PrunePlan, type PruneStep, planPrune, type Waiting } from "./prune.ts";
import { lastWave } from "./prune-waves.ts";

export interface PlannedPrunes {
  /** After the stages, in order of deletion. */
  readonly prunes: readonly PruneStep[];
  /** Deletes of earlier waves, in order of deletion: they are due once `prunes` are gone. */
  readonly laterPrunes: readonly PruneStep[];
  readonly waiting: readonly Waiting[];
  /** By application that is not held: the deletes that need somebody's word; null when none does. */
  readonly blocked: ReadonlyMap<string, BlockedPrune | null>;
  /** Entries as they are to be remembered before anything is deleted. */
  readonly standings: readonly { readonly application: string; readonly entry: InventoryEntry }[];
}

/** The part of a plan that is about what is wanted no more. */
export function planPrunes(desired: Desired, inventory: Inventory, live: LiveView): PlannedPrunes {
  const prunes: PruneStep[] = [];
  const laterPrunes: PruneStep[] = [];
  const waiting: Waiting[] = [];
  const blocked = new Map<string, BlockedPrune | null>();
  const standings: { application: string; entry: InventoryEntry }[] = [];
  const plans = new Map<string, PrunePlan>();
  for (const each of desired.applications) {
    const owned = inventory.get(each.name);
    standings.push(...wantedAgain(each, owned));
    const planned = prunePlan(desired, each, owned, live);
    if (planned !== undefined) plans.set(each.name, planned);
  }
  const isAnyOpen = [...plans.values()].some(({ candidates }) => candidates.some(({ isConfirmed }) => !isConfirmed));
  const environment = isAnyOpen ? environmentLoss(desired, inventory, live, plans) : { deletes: 0, owned: 0 };

  for (const each of desired.applications) {
    const { name: application, mayPrune } = each;
    const planned = plans.get(application);
    if (planned === undefined) {
      if (!each.isHeld) blocked.set(application, null);
      continue;
    }
    const owned = inventory.get(application);
    const guarded = guardDeletes({
      candidates: planned.candidates,
      owned: owned?.entries.size ?? 0,
      ownBudget: ownBudget(each, owned),
      budget: desired.maxDeletes,
      environment,
      confirmed: desired.confirmed(application),
    });
    blocked.set(application, guarded.blocked);
    waiting.push(...planned.waiting);
    for (const { entry } of guarded.confirmed) {
      standings.push({ application, entry: { ...entry, standing: "confirmed" } });
    }
    for (const { entry } of guarded.held) waiting.push({ application, ref: entry.ref, reason: "needs confirmation" });
    if (!mayPrune) continue;
    const deletes = guarded.go.map(({ entry, uid }) => ({ action: "delete" as const, application, entry, uid }));
    const steps = [...planned.steps, ...deletes];
    const now = new Set(lastWave(steps, planned.waiting, live));
    for (const step of steps) (now.has(step) ? prunes : laterPrunes).push(step);
  }
  const inOrder = (steps: PruneStep[]) => steps.sort((a, b) => compareRefs(b.entry.ref, a.entry.ref));
  return { prunes: inOrder(prunes), laterPrunes: inOrder(laterPrunes), waiting, blocked, standings };
}

/** Undefined when nothing of it is stale as far as is known. */
function prunePlan(
  desired: Desired,
  { name: application, body, isHeld }: PlannedApplication,
  owned: ApplicationInventory | undefined,
  live: LiveView,
): PrunePlan | undefined {
  if (owned === undefined || isHeld) return undefined;
  const stale = staleEntries(owned, body?.objects ?? []);
  if (stale.length === 0) return undefined;
  return planPrune({
    environment: desired.environment,
    application,
    stale,
    isAbandoned: body === undefined,
    policy: fateOf(body, owned),
    absenceIsTrusted: desired.absenceIsTrusted,
    isDesired: (key) => desired.claimants(key).length > 0,
    live,
  });
}

/** What becomes of the stale objects of an application, as its policy says. */
export function fateOf(body: PlannedApplication["body"], owned: ApplicationInventory): "delete" | "release" | "keep" {
  if (body !== undefined) return body.policy.prune ? "delete" : "keep";
  if (owned.deletion === "orphan") return "release";
  return owned.deletion === "delete" || owned.prune ? "delete" : "keep";
}

function ownBudget({ body }: PlannedApplication, owned: ApplicationInventory | undefined) {
  return body === undefined ? owned?.maxDeletes : body.policy.maxDeletes;
}

/** What the environment would lose of what it has, applications with a budget of their own left out. */
function environmentLoss(
  desired: Desired,
  inventory: Inventory,
  live: LiveView,
  plans: ReadonlyMap<string, PrunePlan>,
): { readonly deletes: number; readonly owned: number } {
  let deletes = 0;
  for (const each of [...desired.applications, ...desired.others()]) {
    const itsInventory = inventory.get(each.name);
    if (ownBudget(each, itsInventory) !== undefined) continue;
    const planned = plans.get(each.name) ?? prunePlan(desired, each, itsInventory, live);
    deletes += planned?.candidates.filter(({ isConfirmed }) => !isConfirmed).length ?? 0;
  }
  let owned = 0;
  for (const { entries } of inventory.values()) owned += entries.size;
  return { deletes, owned };
}

/** A word about its end, given while nothing wanted it, does not outlive that. */
function* wantedAgain({ name: application, body }: PlannedApplication, owned: ApplicationInventory | undefined) {
  for (const { ref } of body?.objects ?? []) {
    const entry = owned?.entries.get(refKey(ref));
    if (entry?.standing === undefined) continue;
    const { standing: _standing, ...rest } = entry;
    yield { application, entry: rest };
  }
}
