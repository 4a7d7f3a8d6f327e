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
}

/** Looks at the cluster for whoever asks; changes nothing. */
export interface Inspector {
  answer(question: Inspection, options: { readonly signal: AbortSignal }): AsyncIterable<unknown>;
}

export function createInspector(dependencies: InspectorDependencies): Inspector {
  const { kube, reconciler } = dependencies;

  return {
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
          yield* logs(dependencies, question, signal);
          return;
        case "events":
          yield await events(kube, reconciler.owned(question.environment, question.application), signal);
          return;
      }
    },
  };
}
