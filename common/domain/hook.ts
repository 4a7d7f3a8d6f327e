/** When hooks run. The first three are one after another the way of an application's new content into the cluster. */
export const hookPhases = ["PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete"] as const;
export type HookPhase = (typeof hookPhases)[number];

export const hookDeletePolicies = ["BeforeHookCreation", "HookSucceeded", "HookFailed"] as const;
export type HookDeletePolicy = (typeof hookDeletePolicies)[number];

export interface HookMoment {
  readonly phase: HookPhase;
  /** "install": only until the application was synced once; "upgrade": only after that; "": always. */
  readonly only: "" | "install" | "upgrade";
}

/** Makes an object something to run at certain moments, instead of something to keep. */
export interface Hook {
  /** Never run when there are none. */
  readonly moments: readonly HookMoment[];
  readonly deletePolicies: readonly HookDeletePolicy[];
  /** How long it may take; 0 is as long as its application may. */
  readonly timeoutSeconds: number;
}
