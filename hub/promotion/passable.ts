import { type Gate, unmet } from "./gate.ts";

/** What somebody who asks for a promotion says. */
export interface Asked {
  /** They named the commit: it need not be what upstream has finished with. */
  readonly isNamed: boolean;
  /** They gave a reason why it cannot wait. */
  readonly isEmergency: boolean;
}

export interface Obstacles {
  /** It does not go because of these. */
  readonly closed: readonly Gate[];
  /** They stand in the way of automation, and this person goes past them: that is recorded. */
  readonly bypassed: readonly Gate[];
}

/** The order of automation and what holds it do not bind people: the promotion of the candidate lifts the hold. */
const forAutomation: readonly string[] = ["batch", "hold", "branch", "forge"];
const forUnnamed: readonly string[] = ["upstream", "soak", "quarantine"];
const forOrdinaryTimes: readonly string[] = ["freeze", "window"];

/** What of the gates binds a person. */
export function obstacles(gates: readonly Gate[], { isNamed, isEmergency }: Asked): Obstacles {
  const binding = unmet(gates).filter(({ name }) => !forAutomation.includes(name));
  // Where there are several of a kind, each says of what it is: "soak/staging".
  const isPassable = ({ name }: Gate) => {
    const kind = name.split("/")[0] ?? name;
    return (isNamed && forUnnamed.includes(kind)) || (isEmergency && forOrdinaryTimes.includes(kind));
  };
  return { closed: binding.filter((gate) => !isPassable(gate)), bypassed: binding.filter(isPassable) };
}
