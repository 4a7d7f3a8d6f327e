import { createCoalesced } from "../../common/async/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import { settleMs } from "./promotion-requests.ts";
import { createPromotions, type Promotions, type PromotionsDependencies } from "./promotions.ts";

/** After something that failed for reasons outside. */
const retryMs = 30_000;
/** Timers cannot wait for longer than 24 days: then it is looked at a few times in vain. */
const longestTimer = 2 ** 31 - 1;

export interface Promoter extends Omit<Promotions, "load" | "look" | "review" | "idle"> {
  /** Looks at an environment whenever something changes that its gates hang on, until the hub stops. */
  run(): Promise<void>;
}

export function createPromoter(dependencies: Omit<PromotionsDependencies, "wake">): Promoter {
  const { state, clock, log, signal } = dependencies;
  const { load, look, review, idle, ...promotions } = createPromotions({ ...dependencies, wake: request });
  const timers = new Map<string, NodeJS.Timeout>();

  const looks = createCoalesced<string>(async (name) => {
    await clock.sleep(settleMs, { signal });
    const again = await look(name);
    if (again !== undefined) requestAt(name, again);
  });

  function request(name: string): void {
    if (signal.aborted) return;
    looks.request(name).catch((thrown: unknown) => {
      if (isAbort(thrown)) return;
      log.warn({ environment: name, err: toAppError(thrown) }, "cannot promote now: tried again later");
      requestAt(name, clock.now() + retryMs);
    });
  }

  function requestAt(name: string, at: number): void {
    clearTimeout(timers.get(name));
    if (signal.aborted) return;
    timers.set(
      name,
      setTimeout(() => request(name), Math.min(Math.max(0, at - clock.now()), longestTimer)),
    );
  }

  /** The environment itself and all before it. */
  function wayTo(name: string): ReadonlySet<string> {
    const way = new Set([name]);
    for (const each of way) for (const from of state.environments.get(each)?.environment.from ?? []) way.add(from);
    return way;
  }

  return {
    ...promotions,
    async run() {
      await load();
      const unsubscribe = state.subscribe(({ kind, environment, cluster }) => {
        if (kind === "promotion" || kind === "object") return;
        if (kind === "environment" && cluster === undefined) review();
        for (const { environment: each } of state.environments.values()) {
          const concerns = environment === undefined ? cluster !== undefined : wayTo(each.name).has(environment);
          if (concerns) request(each.name);
        }
      });
      for (const name of state.environments.keys()) request(name);
      review();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
      await looks.idle();
      await idle();
    },
  };
}
