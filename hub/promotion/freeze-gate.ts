import { type Freeze, freezesOf, freezeText } from "../../common/domain/index.ts";
import { failed, type Gate, passed, waiting } from "./gate.ts";

/** While an environment is frozen nothing goes into it, whoever asks; in an emergency somebody may go past it, with a reason. */
export function freezeGate(freezes: readonly Freeze[], environment: string, now: number): Gate {
  const name = "freeze";
  const inForce = freezesOf(freezes, environment, now);
  if (inForce.length === 0) return passed(name, "Not frozen");
  const text = inForce.map(freezeText).join("; ");
  const reason = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  const ends = inForce.map(({ until }) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until)));
  const last = Math.max(...ends);
  return last === Number.POSITIVE_INFINITY ? failed(name, reason) : waiting(name, reason, last);
}
