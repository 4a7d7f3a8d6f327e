import type { Condition } from "../../common/cel/index.ts";
import type { ObjectRef } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import type { Verdict } from "./facts.ts";
import { assessByKnownCheck, type ParsedKnownCheck } from "./health/index.ts";
import type { KnownCheck } from "./known-kinds/index.ts";

type Kind = Pick<ObjectRef, "group" | "kind">;

/**
 * The health checks of the kinds that well-known operators bring. The table is loaded once an object of a kind that is not
 * Kubernetes' own is watched, and what evaluates its expressions once one of the table's kinds is.
 */
export interface KnownChecks {
  /** Resolves when objects of the kind can be assessed. */
  ready(kind: Kind): Promise<void>;
  /** Undefined when the kind is none of the table's. Before `ready` everything that might be is in progress. */
  assess(live: LiveObject, kind: Kind, now: number): Verdict | undefined;
}

const loading: Verdict = {
  health: { state: "Progressing", message: "how to tell its health is being loaded" },
  changesWithTime: false,
};

export function createKnownChecks(): KnownChecks {
  const parsed = new WeakMap<KnownCheck, ParsedKnownCheck>();
  let checkOf: ((group: string, kind: string) => KnownCheck | undefined) | undefined;
  let parse: ((text: string) => Condition) | undefined;

  function parsedOf(check: KnownCheck, parseText: (text: string) => Condition): ParsedKnownCheck {
    const done = parsed.get(check);
    if (done !== undefined) return done;
    const expressionOf = (text: string | undefined) =>
      text === undefined ? undefined : { text, condition: parseText(text) };
    const made = {
      suspended: expressionOf(check.suspended),
      inProgress: expressionOf(check.inProgress),
      failed: expressionOf(check.failed),
      current: expressionOf(check.current),
    };
    parsed.set(check, made);
    return made;
  }

  return {
    async ready({ group, kind }) {
      if (isKubernetes(group)) return;
      if (checkOf === undefined) checkOf = (await import("./known-kinds/index.ts")).knownCheckOf;
      if (parse !== undefined || checkOf(group, kind) === undefined) return;
      parse = (await import("../../common/cel/index.ts")).parseCondition;
    },
    assess(live, { group, kind }, now) {
      if (isKubernetes(group)) return undefined;
      if (checkOf === undefined) return loading;
      const check = checkOf(group, kind);
      if (check === undefined) return undefined;
      return parse === undefined ? loading : assessByKnownCheck(live, parsedOf(check, parse), now);
    },
  };
}

/** Projects beside Kubernetes have groups below k8s.io as well, such as gateway.networking.k8s.io. */
const builtIn = new Set(
  [
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "authentication",
    "authorization",
    "certificates",
    "coordination",
    "discovery",
    "events",
    "flowcontrol.apiserver",
    "internal.apiserver",
    "networking",
    "node",
    "rbac.authorization",
    "resource",
    "scheduling",
    "storage",
    "storagemigration",
  ].map((name) => `${name}.k8s.io`),
);

function isKubernetes(group: string): boolean {
  return !group.includes(".") || builtIn.has(group);
}
