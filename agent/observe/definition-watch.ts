import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { KubeClient, LiveObject } from "../ports.ts";

export interface DefinitionWatchOptions {
  readonly kube: KubeClient;
  readonly log: Logger;
  /** A definition of this group came or changed. */
  readonly changed: (group: string) => void;
}

/** Watches for definitions of kinds that do not exist yet, whoever brings them, and only while there are such kinds. */
export interface DefinitionWatch {
  /** `group` undefined: `kind` is no longer missing. */
  need(kind: string, group: string | undefined): void;
  close(): Promise<void>;
}

export function createDefinitionWatch({ kube, log, changed }: DefinitionWatchOptions): DefinitionWatch {
  const missing = new Map<string, string>();
  let running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;

  async function follow(signal: AbortSignal): Promise<void> {
    try {
      const info = await kube.kindOf("apiextensions.k8s.io/v1", "CustomResourceDefinition", { signal });
      for await (const event of kube.watch(info, { metadataOnly: true, signal })) {
        if (event.type === "changed") announce([event.object]);
        else if (event.type === "listed") announce(event.objects);
      }
    } catch (thrown) {
      if (!signal.aborted && !isAbort(thrown)) {
        log.warn({ error: toAppError(thrown).message }, "watching for definitions failed");
        running = undefined;
      }
    }
  }

  function announce(objects: readonly LiveObject[]): void {
    const groups = new Set(missing.values());
    for (const { metadata } of objects) {
      // A definition is named "<plural>.<group>".
      const group = metadata.name.slice(metadata.name.indexOf(".") + 1);
      if (groups.delete(group)) changed(group);
    }
  }

  async function stop(): Promise<void> {
    const ended = running;
    running = undefined;
    ended?.controller.abort();
    await ended?.done;
  }

  return {
    need(kind, group) {
      if (group === undefined) missing.delete(kind);
      else missing.set(kind, group);
      if (missing.size === 0) void stop();
      else if (running === undefined) {
        const controller = new AbortController();
        running = { controller, done: follow(controller.signal) };
      }
    },
    close: stop,
  };
}
