import { type ApplicationBody, type Digest, displayRef, refKey } from "../../common/domain/index.ts";
import { contentOf, dependencyErrors } from "../plan/index.ts";
import type { DesiredEnvironment } from "../ports.ts";
import { type IsClusterScoped, placedBody } from "./scopes.ts";

/** A desired environment with what is asked of it often. */
export interface DesiredIndex {
  readonly desired: DesiredEnvironment;
  /** Each object where its kind lives, as far as that is known. */
  readonly bodies: ReadonlyMap<string, ApplicationBody>;
  /** As they came. */
  readonly givenBodies: ReadonlyMap<string, ApplicationBody>;
  readonly held: ReadonlyMap<string, string>;
  /** Applications that want an object, in order. */
  claimants(key: string): readonly string[];
  dependents(application: string): readonly string[];
  /** Stands for the objects of an application; the same before and after it is known where their kinds live. */
  content(application: string): Digest;
  /** Why nothing of an application can be applied; empty when it can. */
  fault(application: string): string;
}

/** `lastBodies`, as they came, stand in for held applications whose content did not come. */
export function indexDesired(
  desired: DesiredEnvironment,
  lastBodies: ReadonlyMap<string, ApplicationBody>,
  isClusterScoped: IsClusterScoped,
): DesiredIndex {
  const held = heldIn(desired);
  const givenBodies = new Map<string, ApplicationBody>();
  for (const name of held.keys()) {
    const last = lastBodies.get(name);
    if (last !== undefined) givenBodies.set(name, last);
  }
  for (const body of desired.applications) givenBodies.set(body.name, body);
  const bodies = new Map([...givenBodies].map(([name, body]) => [name, placedBody(body, isClusterScoped)]));

  const claims = new Map<string, string[]>();
  const dependents = new Map<string, string[]>();
  const faults = new Map(dependencyErrors([...bodies.values()], new Set([...bodies.keys(), ...held.keys()])));
  for (const { name, objects, dependsOn } of bodies.values()) {
    for (const { ref, hook } of objects) {
      // Made anew for each run: whose it is, is seen then.
      if (hook !== undefined) continue;
      const names = append(claims, refKey(ref), name);
      if (names.length > 1 && names.at(-2) === name) faults.set(name, `Has ${displayRef(ref)} twice`);
    }
    for (const other of dependsOn) append(dependents, other, name);
  }
  return {
    desired,
    bodies,
    givenBodies,
    held,
    claimants: (key) => claims.get(key) ?? [],
    dependents: (application) => dependents.get(application) ?? [],
    content: (application) => contentOf(givenBodies.get(application)?.objects ?? []),
    fault: (application) => faults.get(application) ?? "",
  };
}

/** Why an assignment cannot be used at all; empty when it can. */
export function unusable(desired: DesiredEnvironment, current: DesiredEnvironment | undefined): string {
  const { header, applications, body } = desired;
  if (current !== undefined && current.header.epoch === header.epoch && current.header.generation > header.generation) {
    return `Generation ${header.generation} is older than ${current.header.generation}, which is in force`;
  }
  const names = new Set<string>();
  for (const { name } of applications) {
    if (names.has(name)) return `Application "${name}" is in it twice`;
    names.add(name);
  }
  const held = heldIn(desired);
  const absent = body.applications.find(({ name }) => !names.has(name) && !held.has(name));
  return absent === undefined ? "" : `The content of application "${absent.name}" is missing`;
}

/** By name, with the reason. */
function heldIn(desired: DesiredEnvironment): ReadonlyMap<string, string> {
  const held = new Map(desired.held.map(({ name, reason }) => [name, reason]));
  for (const entry of desired.body.applications) {
    if ("heldReason" in entry && !held.has(entry.name)) held.set(entry.name, entry.heldReason);
  }
  return held;
}

function append<K>(lists: Map<K, string[]>, key: K, value: string): string[] {
  const list = lists.get(key);
  if (list === undefined) {
    const created = [value];
    lists.set(key, created);
    return created;
  }
  list.push(value);
  return list;
}
