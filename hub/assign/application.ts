import {
  type Application,
  type ApplicationBody,
  canonicalJson,
  digestOf,
  type Manifest,
  objectPolicyOf,
  parseSyncOrder,
  refKey,
  refOf,
  type Tenant,
  type Values,
} from "../../common/domain/index.ts";
import type { RenderedApplication, RenderedObject, Revision } from "../ports.ts";
import { refuseAny, substitute, tenantProblems, withNamespace } from "../resolve/index.ts";
import { objectProblems } from "./object-problems.ts";

export interface ApplicationInput {
  readonly application: Application;
  /** As the renderer gave them: nothing filled in yet. */
  readonly rendered: readonly RenderedObject[];
  /** All values of the cluster; only those that the objects use matter. */
  readonly values: Values;
  /** Written into the body, so part of its bytes: "" where it is to be the assignment's own. */
  readonly revision: Revision;
  /** Whose the application is; undefined: the platform's own. */
  readonly tenant: Tenant | undefined;
}

/**
 * Fills in values and namespace, checks, and puts the objects in order: equal content has equal bytes. Throws
 * INVALID_ARGUMENT with every problem in `details.problems`.
 */
export function assembleApplication(input: ApplicationInput): RenderedApplication {
  const { application, rendered, values, revision, tenant } = input;
  const filled = application.substitute === undefined ? rendered : substitute(rendered, values);
  const placed = withNamespace(filled, application.namespace);
  refuseAny([...objectProblems(placed), ...(tenant === undefined ? [] : tenantProblems(tenant, placed))]);

  const contents = placed
    .map(({ manifest, source }) => {
      const content = Buffer.from(canonicalJson(manifest));
      return { key: refKey(refOf(manifest)), manifest, source, content, digest: digestOf(content) };
    })
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  const body: ApplicationBody = {
    name: application.name,
    revision,
    objects: contents.map(({ manifest, source, digest }) => assignedObject(manifest, source, digest)),
    policy: {
      prune: application.prune,
      ...(application.deletion === undefined ? {} : { deletion: application.deletion }),
      ...(application.maxDeletes === undefined ? {} : { maxDeletes: application.maxDeletes }),
      driftMode: application.driftMode,
      driftIgnore: application.driftIgnore,
      driftStrict: application.driftStrict,
      timeoutSeconds: application.timeoutSeconds,
      health: application.health,
      serviceAccount: application.serviceAccount ?? tenant?.serviceAccount ?? "",
      namespacedOnly: tenant?.clusterScoped === false,
      apply: application.apply,
    },
    dependsOn: application.dependsOn.toSorted(),
  };
  return {
    body,
    objects: contents.map(({ digest, content }) => ({ digest, content })),
  };
}

function assignedObject(manifest: Manifest, source: string, digest: string): ApplicationBody["objects"][number] {
  const policy = objectPolicyOf(manifest);
  const { wave, hook } = parseSyncOrder(manifest.metadata.annotations ?? {}).order;
  return {
    apiVersion: manifest.apiVersion,
    ref: refOf(manifest),
    digest,
    source,
    ...(policy === undefined ? {} : { policy }),
    ...(wave === 0 ? {} : { wave }),
    ...(hook === undefined ? {} : { hook }),
  };
}
