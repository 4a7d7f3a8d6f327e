import type { Live } from "../live.ts";
import { now } from "../now.ts";
import { age } from "../words.ts";

/** Whether what is shown is how it is now. */
export function LiveStatus({ live }: { readonly live: Live }) {
  const state = live.state.value;
  return (
    <span class={`live ${state.kind}`} role="status">
      {state.kind === "live" ? "Live" : state.kind === "connecting" ? "Connecting…" : null}
      {state.kind === "lost" ? (
        <>
          Not live since {new Date(state.since).toLocaleTimeString()} {/* It ticks, which nobody wants to be told. */}
          <span aria-hidden="true">({age(new Date(state.since).toISOString(), now.value)})</span>: {state.reason}.{" "}
          <button type="button" onClick={live.hurry}>
            Try now
          </button>
        </>
      ) : null}
    </span>
  );
}
