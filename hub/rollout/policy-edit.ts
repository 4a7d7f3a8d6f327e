import type { RolloutPolicy } from "../../common/domain/index.ts";
import { canonicalJson } from "../../common/domain/index.ts";
import { type Draft, note } from "./draft.ts";
import { dropGates, nameOf } from "./gates.ts";
import { makeWaves } from "./make-waves.ts";

/** fleet.yaml has another policy: it holds from now on, for what is under way too. */
export function editPolicy(draft: Draft, policy: RolloutPolicy): void {
  const before = draft.state.policy;
  if (canonicalJson(before) === canonicalJson(policy)) return;
  const { run } = draft;
  draft.state.policy = policy;
  if (run === undefined) return;
  note(draft, "policy edited");
  run.window = undefined;
  const edited = Object.keys(run.gates).filter((key) => {
    const name = nameOf(key);
    return canonicalJson(before.gates[name] ?? null) !== canonicalJson(policy.gates[name] ?? null);
  });
  dropGates(draft, edited);
  makeWaves(draft);
}
