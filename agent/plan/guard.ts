import {
  type BlockedPrune,
  type DeleteBudget,
  type Digest,
  digestOf,
  displayBudget,
  exceeds,
  refKey,
} from "../../common/domain/index.ts";
import type { Candidate } from "./prune.ts";

export interface GuardInput {
  readonly candidates: readonly Candidate[];
  /** Objects of the application. */
  readonly owned: number;
  /** The application's own; undefined: the environment's holds, and what the environment loses in all counts too. */
  readonly ownBudget: DeleteBudget | undefined;
  readonly budget: DeleteBudget;
  /** Of the whole environment, without applications that have a budget of their own. */
  readonly environment: { readonly deletes: number; readonly owned: number };
  /** What somebody said yes to. */
  readonly confirmed: Digest | undefined;
}

export interface Guarded {
  readonly go: readonly Candidate[];
  /** Those of `go` that the newest confirmation is about: to be remembered before the first of them goes. */
  readonly confirmed: readonly Candidate[];
  readonly held: readonly Candidate[];
  /** What `held` is told as; null when nothing is held. */
  readonly blocked: BlockedPrune | null;
}

/** How many objects a report names. */
const shownObjects = 20;

/** Which deletes may happen now, and which need somebody's word first. A confirmation is for exactly what is held, or for nothing. */
export function guardDeletes(input: GuardInput): Guarded {
  const { candidates, owned, ownBudget, environment } = input;
  const open = candidates.filter(({ isConfirmed }) => !isConfirmed);
  const budget = ownBudget ?? input.budget;
  const reasons: string[] = [];
  if (exceeds(budget, open.length, owned)) {
    reasons.push(`${open.length} of its ${owned} objects would go, ${displayBudget(budget)} may`);
  } else if (ownBudget === undefined && exceeds(budget, environment.deletes, environment.owned)) {
    const { deletes, owned: all } = environment;
    reasons.push(`${deletes} of the environment's ${all} objects would go, ${displayBudget(budget)} may`);
  }
  const held = reasons.length > 0 ? open : open.filter(({ cause }) => cause !== "");
  if (held.length === 0) return { go: candidates, confirmed: [], held, blocked: null };

  const digest = heldDigest(held);
  if (digest === input.confirmed) return { go: candidates, confirmed: held, held: [], blocked: null };
  const objects = held.slice(0, shownObjects).map(({ entry }) => entry.ref);
  const reason = [...reasons, ...causes(held)].join("; ");
  const waits = new Set(held);
  return {
    go: candidates.filter((candidate) => !waits.has(candidate)),
    confirmed: [],
    held,
    blocked: { digest, count: held.length, reason, objects },
  };
}

function heldDigest(held: readonly Candidate[]): Digest {
  const lines = held.map(({ entry, uid }) => `${refKey(entry.ref)} ${uid}`);
  return digestOf(lines.toSorted().join("\n"));
}

function causes(held: readonly Candidate[]): readonly string[] {
  const of = (cause: Candidate["cause"]) => held.filter((candidate) => candidate.cause === cause);
  const kinds = [...new Set(of("protected").map(({ entry }) => entry.ref.kind))];
  const asked = of("asked").length;
  const recovered = of("recovered").length;
  return [
    ...(kinds.length === 0 ? [] : [`a ${kinds.join(" or ")} takes more with it than itself`]),
    ...(asked === 0 ? [] : [`${asked} ${asked === 1 ? "asks" : "ask"} for it by annotation`]),
    ...(recovered === 0 ? [] : [`${recovered} ${recovered === 1 ? "was" : "were"} lost from the inventory`]),
  ];
}
