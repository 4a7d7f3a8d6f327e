/**
 * Applications whose dependsOn cannot be honoured, with the reason: a name that is not assigned, or a cycle. Those that
 * merely depend on such an application are not in it; they wait.
 */
export function dependencyErrors(
  applications: readonly { readonly name: string; readonly dependsOn: readonly string[] }[],
  known: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const errors = new Map<string, string>();
  const edges = new Map(applications.map(({ name, dependsOn }) => [name, dependsOn]));
  for (const { name, dependsOn } of applications) {
    const unknown = dependsOn.find((other) => !known.has(other));
    if (unknown !== undefined) errors.set(name, `Depends on "${unknown}", which is not an application here`);
  }
  for (const cycle of cyclesOf(edges)) {
    for (const name of cycle) errors.set(name, `Depends on itself: ${[...cycle, cycle[0] ?? ""].join(" → ")}`);
  }
  return errors;
}

/** Every cycle that a depth-first walk meets, as the names on it. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of edges.keys()) {
    const path: string[] = [];
    const onPath = new Set<string>();
    const visit = (name: string): void => {
      if (onPath.has(name)) {
        cycles.push(path.slice(path.indexOf(name)));
        return;
      }
      if (done.has(name)) return;
      path.push(name);
      onPath.add(name);
      for (const next of edges.get(name) ?? []) visit(next);
      path.pop();
      onPath.delete(name);
      done.add(name);
    };
    visit(start);
  }
  return cycles;
}
