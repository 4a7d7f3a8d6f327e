import { toAppError } from "../../common/errors.ts";
import type { FleetInspection } from "../surfaces.ts";
import { createDryRunGate } from "./dry-run.ts";
import { failed, type GateOptions, type GateRequest, type GateVerdict } from "./gate-check.ts";
import { httpGate } from "./http.ts";
import { createJobGate, type JobGateDependencies } from "./job.ts";
import { prometheusGate } from "./prometheus.ts";

/** Looks once, within the gate's own time. Whatever goes wrong is a verdict; only the caller's abort rejects. */
export type CheckGate = (request: GateRequest, options: GateOptions) => Promise<GateVerdict>;

export interface GatesDependencies extends JobGateDependencies {
  readonly inspection: Pick<FleetInspection, "dryRun">;
}

/** Gates that look at the world, for rollouts and for promotions. */
export function createGates(dependencies: GatesDependencies): CheckGate {
  const dryRunGate = createDryRunGate(dependencies.inspection);
  const jobGate = createJobGate(dependencies);

  function check(request: GateRequest, options: GateOptions): Promise<GateVerdict> {
    const { gate, ...rest } = request;
    switch (gate.type) {
      case "http":
        return httpGate({ ...rest, gate }, options);
      case "prometheus":
        return prometheusGate({ ...rest, gate }, options);
      case "dryRun":
        return dryRunGate({ ...rest, gate }, options);
      case "job":
        return jobGate({ ...rest, gate }, options);
      case "approval":
      case "health":
        throw new RangeError(`The rollout looks at "${gate.type}" itself`);
    }
  }

  return async (request, { signal, progress }) => {
    const { gate } = request;
    const limit = AbortSignal.timeout("timeoutMs" in gate ? gate.timeoutMs : 0);
    const limited = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      return await check(request, { signal: limited, progress });
    } catch (thrown) {
      if (signal?.aborted === true) throw thrown;
      if (limit.aborted) return failed("no answer in time");
      const error = toAppError(thrown);
      // fetch says no more than "fetch failed": the reason is behind it.
      const cause = thrown instanceof TypeError && thrown.cause instanceof Error ? `: ${thrown.cause.message}` : "";
      return failed(`${error.message}${cause}`);
    }
  };
}
