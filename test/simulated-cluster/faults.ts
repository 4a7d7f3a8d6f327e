import { type ApiError, internal, tooManyRequests } from "./api-error.ts";

/** Which requests a fault hits. */
export interface FaultMatch {
  /** HTTP method; any when absent. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** "deployments"; any when absent. */
  readonly plural?: string;
  /** True hits watches only, false everything else; both when absent. */
  readonly watch?: boolean;
}

export interface Fault extends FaultMatch {
  /** Time the answer takes longer. */
  readonly latencyMs?: number;
  /** What is answered instead. */
  readonly answer?:
    | { readonly status: 429; readonly retryAfterSeconds: number }
    | { readonly status: 500 }
    | { readonly status: "disconnect" };
  /** How many requests it hits before it ends; forever when absent. */
  readonly times?: number;
}

export interface Faults {
  /** Returns what ends the fault. */
  add(fault: Fault): () => void;
  clear(): void;
  /** The faults that hit a request; counts them. */
  hit(request: { method: string; plural: string; watch: boolean }): readonly Fault[];
}

export function createFaults(): Faults {
  const active = new Map<Fault, number>();
  return {
    add(fault) {
      active.set(fault, fault.times ?? Number.POSITIVE_INFINITY);
      return () => active.delete(fault);
    },
    clear: () => active.clear(),
    hit({ method, plural, watch }) {
      const hits = [...active.keys()].filter(
        (fault) =>
          (fault.method ?? method) === method &&
          (fault.plural ?? plural) === plural &&
          (fault.watch ?? watch) === watch,
      );
      for (const fault of hits) {
        const left = (active.get(fault) ?? 1) - 1;
        if (left <= 0) active.delete(fault);
        else active.set(fault, left);
      }
      return hits;
    },
  };
}

export function errorOf(fault: Fault): ApiError | undefined {
  if (fault.answer?.status === 429) return tooManyRequests(fault.answer.retryAfterSeconds);
  return fault.answer?.status === 500 ? internal("injected by the test") : undefined;
}
