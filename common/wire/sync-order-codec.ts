import { type AssignedObject, type Hook, hookDeletePolicies, hookPhases } from "../domain/index.ts";
import type { ObjectEntry, ObjectEntry__Output } from "./gen/drover/v1/ObjectEntry.ts";

/** Says nothing of what is as usual: most objects have no wave and are no hooks. */
export function encodeSyncOrder(wave: number | undefined, hook: Hook | undefined): Pick<ObjectEntry, "wave" | "hook"> {
  return {
    ...(wave === undefined ? {} : { wave }),
    ...(hook === undefined
      ? {}
      : {
          hook: {
            moments: [...hook.moments],
            deletePolicies: [...hook.deletePolicies],
            timeoutSeconds: hook.timeoutSeconds,
          },
        }),
  };
}

/** Moments and policies that this version does not know are left out: what is to be run at such a moment never runs. */
export function decodeSyncOrder({ wave, hook }: ObjectEntry__Output): Pick<AssignedObject, "wave" | "hook"> {
  return { ...(wave === 0 ? {} : { wave }), ...(hook === null ? {} : { hook: decodeHook(hook) }) };
}

function decodeHook({ moments, deletePolicies, timeoutSeconds }: NonNullable<ObjectEntry__Output["hook"]>): Hook {
  return {
    moments: moments.flatMap((moment) => {
      const phase = hookPhases.find((known) => known === moment.phase);
      const only = (["", "install", "upgrade"] as const).find((known) => known === moment.only);
      return phase === undefined || only === undefined ? [] : [{ phase, only }];
    }),
    deletePolicies: hookDeletePolicies.filter((known) => deletePolicies.includes(known)),
    timeoutSeconds,
  };
}
