import type { Clock } from "../../common/async/index.ts";
import type { Digest, Inspection } from "../../common/domain/index.ts";
import type { DesiredEnvironment, KubeClient } from "../ports.ts";
import type { Reconciler } from "../reconcile/index.ts";
import { dryRun } from "./dry-run.ts";
import { events } from "./events.ts";
import { logs } from "./logs.ts";
import { show } from "./show.ts";

export interface InspectorDependencies {
  readonly kube: KubeClient;
  readonly reconciler: Pick<Reconciler, "preview" | "owned">;
  /** An environment as it would be with this content. */
  readonly desired: (environment: string, root: Digest) => Promise<DesiredEnvironment>;
  /** False: the cluster's operator wants no logs to leave it. */
  readonly logsAllowed: boolean;
  readonly clock: Clock;
}

/** Looks at the cluster for whoever asks; changes nothing. */
export interface Inspector {
  answer(question: Inspection, options: { readonly signal: AbortSignal }): AsyncIterable<unknown>;
  /** Something else is assigned to an environment: whoever follows it is to look again. */
  assigned(environment: string): void;
}

export function createInspector(dependencies: InspectorDependencies): Inspector {
  const { kube, reconciler } = dependencies;
  const followers = new Set<{ readonly environment: string; readonly listener: () => void }>();

  function assigned(environment: string, listener: () => void): () => void {
    const follower = { environment, listener };
    followers.add(follower);
    return () => followers.delete(follower);
  }

  return {
    assigned(environment) {
      for (const follower of followers) if (follower.environment === environment) follower.listener();
    },
    async *answer(question, { signal }) {
      switch (question.kind) {
        case "show":
          yield await show(kube, reconciler.owned(question.environment, ""), question, signal);
          return;
        case "dry-run": {
          const desired = await dependencies.desired(question.environment, question.root ?? "");
          const preview = reconciler.preview(desired, question.applications);
          yield await dryRun({ kube, desired, preview }, signal);
          return;
        }
        case "logs":
          yield* logs({ ...dependencies, assigned }, question, signal);
          return;
        case "events":
          yield await events(kube, reconciler.owned(question.environment, question.application), signal);
          return;
      }
    },
  };
}
