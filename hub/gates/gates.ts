import { AppError, toAppError } from "../../common/errors.ts";
import type { Cancellable, FleetInspection } from "../ports.ts";
import { createDryRunGate } from "./dry-run.ts";
import { failed, type GateRequest, type GateVerdict } from "./gate-check.ts";
import { httpGate } from "./http.ts";
import { prometheusGate } from "./prometheus.ts";

/** Looks once, within the gate's own time. Whatever goes wrong is a verdict; only the caller's abort rejects. */
export type CheckGate = (request: GateRequest, options: Cancellable) => Promise<GateVerdict>;

export function createGates(dependencies: { readonly inspection: Pick<FleetInspection, "dryRun"> }): CheckGate {
  const dryRunGate = createDryRunGate(dependencies.inspection);

  function check(request: GateRequest, options: Cancellable): Promise<GateVerdict> {
    const { gate, ...rest } = request;
    switch (gate.type) {
      case "http":
        return httpGate({ ...rest, gate }, options);
      case "prometheus":
        return prometheusGate({ ...rest, gate }, options);
      case "dryRun":
        return dryRunGate({ ...rest, gate }, options);
      case "job":
        throw new AppError("FAILED_PRECONDITION", 'Gates of type "job" are not yet in effect in this version');
      case "approval":
      case "health":
        throw new RangeError(`The rollout looks at "${gate.type}" itself`);
    }
  }

  return async (request, { signal }) => {
    const { gate } = request;
    const limit = AbortSignal.timeout("timeoutMs" in gate ? gate.timeoutMs : 0);
    const limited = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      return await check(request, { signal: limited });
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
