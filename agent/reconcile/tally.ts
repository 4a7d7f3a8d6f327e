/** How many things are in which state: the worst of thousands without looking at them. */
export interface Tally<S extends string> {
  move(from: S | undefined, to: S | undefined): void;
  /** States that at least one is in. */
  states(): Iterable<S>;
}

export function createTally<S extends string>(): Tally<S> {
  const counts = new Map<S, number>();
  const add = (state: S, by: number) => {
    const count = (counts.get(state) ?? 0) + by;
    if (count === 0) counts.delete(state);
    else counts.set(state, count);
  };
  return {
    move(from, to) {
      if (from === to) return;
      if (from !== undefined) add(from, -1);
      if (to !== undefined) add(to, 1);
    },
    states: () => counts.keys(),
  };
}
