import { failed, type Gate, passed, waiting } from "./gate.ts";

/** What a sender says about a commit at the forge. */
export interface SaidStatus {
  readonly state: "pending" | "success" | "failure";
  readonly description: string;
}

/** What is known of a commit's statuses: all of them by context, why not, or nothing yet. */
export type KnownStatuses =
  | { readonly kind: "known"; readonly statuses: ReadonlyMap<string, readonly SaidStatus[]> }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "unasked" };

/** Open only when one sender says so, about this very commit. */
export function statusGate(context: string, revision: string, known: KnownStatuses): Gate {
  const name = `status/${context}`;
  const what = `Status "${context}" of ${revision.slice(0, 12)}`;
  if (known.kind === "unasked") return waiting(name, `${what} is being asked for`);
  if (known.kind === "unreachable") return waiting(name, `${what} is not known: ${known.reason}`);
  const said = known.statuses.get(context) ?? [];
  const [only] = said;
  if (only === undefined) return waiting(name, `${what} is not there`);
  if (said.length > 1) return failed(name, `${what} is there ${said.length} times: nobody can tell which one counts`);
  const words = only.description === "" ? "" : `: ${only.description}`;
  switch (only.state) {
    case "success":
      return passed(name, `${what} is success${words}`);
    case "pending":
      return waiting(name, `${what} is pending${words}`);
    case "failure":
      return failed(name, `${what} is failure${words}`);
  }
}
