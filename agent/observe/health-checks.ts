import { createContext, Script } from "node:vm";
import type { Condition } from "../../common/cel/index.ts";
import {
  canonicalJson,
  type Health,
  type HealthCheck,
  healthCheckFor,
  type ObjectRef,
} from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { LiveObject } from "../ports.ts";
import { assessByCheck, type ParsedHealthCheck } from "./health/index.ts";

/** One expression on one object. Nothing sensible takes a hundredth of it. */
const limitMs = 250;
/** An expression that took longer is not asked again for so long: it would hold up everything else. */
const pauseMs = 60_000;

/** By application. */
export type ApplicationChecks = ReadonlyMap<string, readonly HealthCheck[]>;

/** The health checks that applications bring along. What evaluates them is loaded once there are some. */
export interface HealthChecks {
  /** Replaces those of an environment. */
  set(environment: string, checks: ApplicationChecks): void;
  /** Differs when the objects of a kind are to be assessed again; empty when no check is about the kind. */
  version(kind: Pick<ObjectRef, "group" | "kind">): string;
  /** Resolves when all of them can be asked. */
  ready(): Promise<void>;
  /** Undefined when no check speaks for the object. */
  assess(live: LiveObject, ref: ObjectRef, environment: string, application: string): Health | undefined;
}

export function createHealthChecks(now: () => number): HealthChecks {
  const environments = new Map<string, ApplicationChecks>();
  const parsed = new WeakMap<HealthCheck, ParsedHealthCheck>();
  let parse: ((text: string) => Condition) | undefined;

  async function ready(): Promise<void> {
    if (environments.size === 0 || parse !== undefined) return;
    const { parseCondition } = await import("../../common/cel/index.ts");
    const limited = createTimeLimit(now);
    parse = (text) => limited(parseCondition(text));
  }

  function parsedOf(check: HealthCheck, parseText: (text: string) => Condition): ParsedHealthCheck {
    const known = parsed.get(check);
    if (known !== undefined) return known;
    const conditionOf = (text: string) => (text === "" ? undefined : parseText(text));
    const { inProgress, failed, current } = check;
    const made = { inProgress: conditionOf(inProgress), failed: conditionOf(failed), current: conditionOf(current) };
    parsed.set(check, made);
    return made;
  }

  return {
    set(environment, checks) {
      if (checks.size === 0) environments.delete(environment);
      else environments.set(environment, checks);
    },
    version(kind) {
      const about = [...environments].flatMap(([environment, applications]) =>
        [...applications].flatMap(([application, checks]) => {
          const check = healthCheckFor(checks, kind);
          return check === undefined ? [] : [[environment, application, check]];
        }),
      );
      return about.length === 0 ? "" : canonicalJson(about);
    },
    ready,
    assess(live, ref, environment, application) {
      const check = healthCheckFor(environments.get(environment)?.get(application) ?? [], ref);
      if (check === undefined) return undefined;
      if (parse === undefined) return { state: "Unknown", message: "The health check is being loaded" };
      try {
        return assessByCheck(live, parsedOf(check, parse));
      } catch (thrown) {
        // A newer hub may know more of the language than this agent.
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        return { state: "Unknown", message: `Cannot read the health check for ${ref.kind}: ${reason}` };
      }
    },
  };
}

/** Ends what an expression makes of a large object, or of a pattern that runs away. */
function createTimeLimit(now: () => number): (condition: Condition) => Condition {
  const box: { work: () => boolean } = { work: () => false };
  const context = createContext(box);
  const script = new Script("work()");
  return (condition) => {
    let pausedUntil = 0;
    const tooSlow = () => new AppError("DEADLINE_EXCEEDED", `it took longer than ${limitMs} ms`);
    return {
      holds(variables) {
        if (now() < pausedUntil) throw tooSlow();
        box.work = () => condition.holds(variables);
        try {
          return script.runInContext(context, { timeout: limitMs }) as boolean;
        } catch (thrown) {
          if ((thrown as { code?: unknown } | undefined)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw thrown;
          pausedUntil = now() + pauseMs;
          throw tooSlow();
        } finally {
          box.work = () => false;
        }
      },
    };
  };
}
