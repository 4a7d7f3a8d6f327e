import { canonicalJson, fieldManager, hooksLabel, type Manifest, systemNamespace } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { HookRecord } from "../plan/index.ts";
import type { KindInfo, KubeClient } from "../ports.ts";

const secrets: KindInfo = { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true };
const namespaces: KindInfo = { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };

/** Records of one environment's hooks, in Secrets: hooks that are to be run at the end may hold secret values. */
export interface HookRecords {
  /** Reads what the cluster has; once. */
  load(): Promise<void>;
  names(): Iterable<string>;
  get(application: string): HookRecord | undefined;
  /** Resolves when it is in the cluster; no request when it is so already. */
  save(application: string, record: HookRecord): Promise<void>;
  remove(application: string): Promise<void>;
}

export function createHookRecords(
  kube: KubeClient,
  environment: string,
  log: Logger,
  signal: AbortSignal,
): HookRecords {
  const records = new Map<string, HookRecord>();
  const written = new Map<string, string>();
  let isLoaded = false;
  // Names of environments and applications have no dots.
  const nameOf = (application: string) => `hooks.${environment}.${application}`;

  async function apply(manifest: Manifest): Promise<void> {
    const options = { fieldManager, force: true, signal };
    try {
      await kube.apply(secrets, manifest, options);
    } catch (thrown) {
      if (toAppError(thrown).code !== "NOT_FOUND") throw thrown;
      const metadata = { name: systemNamespace };
      await kube.apply(namespaces, { apiVersion: "v1", kind: "Namespace", metadata }, options);
      await kube.apply(secrets, manifest, options);
    }
  }

  function read(secret: Manifest): void {
    const { application = "", record = "" } = (secret["data"] ?? {}) as Readonly<Record<string, string>>;
    try {
      const text = textOf(record);
      const name = textOf(application);
      records.set(name, JSON.parse(text) as HookRecord);
      written.set(name, text);
    } catch {
      log.warn({ environment, secret: secret.metadata.name }, "The record of an application's hooks is damaged");
    }
  }

  return {
    async load() {
      if (isLoaded) return;
      const labelSelector = `${hooksLabel}=${environment}`;
      const options = { namespace: systemNamespace, labelSelector, metadataOnly: false, signal };
      // An agent that may not do this can still keep everything but applications with hooks.
      const listed = await kube.list(secrets, options).catch((thrown: unknown) => {
        const error = toAppError(thrown);
        if (error.code !== "PERMISSION_DENIED") throw error;
        log.warn({ environment, error: error.message }, "hooks cannot be remembered: applications with hooks wait");
        return [];
      });
      for (const secret of listed) read(secret);
      isLoaded = true;
    },
    names: () => records.keys(),
    get: (application) => records.get(application),
    async save(application, record) {
      const text = canonicalJson(record);
      if (written.get(application) !== text) {
        await apply({
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: nameOf(application), namespace: systemNamespace, labels: { [hooksLabel]: environment } },
          data: { application: base64(application), record: base64(text) },
        });
        written.set(application, text);
      }
      records.set(application, record);
    },
    async remove(application) {
      if (written.has(application)) await kube.delete(secrets, systemNamespace, nameOf(application), { signal });
      written.delete(application);
      records.delete(application);
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function textOf(encoded: string): string {
  return Buffer.from(encoded, "base64").toString("utf8");
}
