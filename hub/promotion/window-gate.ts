import type { PromotionPolicy } from "../../common/domain/index.ts";
import { windowAt } from "../../common/windows/index.ts";
import { failed, type Gate, passed, waiting } from "./gate.ts";

/** Deny beats allow; in an emergency somebody may go past it, with a reason. */
export function windowGate(windows: PromotionPolicy["windows"], now: number): Gate {
  const name = "window";
  if (windows === undefined) return passed(name, "Always open");
  const { open, until, reason } = windowAt(windows, now);
  if (open) return passed(name, until === undefined ? "Open" : `Open until ${shown(until)}`);
  const text = `Closed: ${reason}`;
  if (until === undefined) return failed(name, `${text}, and it does not open any more`);
  return waiting(name, `${text}, opens ${shown(until)}`, until);
}

const shown = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`;
