import {
  type ClusterSelector,
  type Digest,
  digestOf,
  type Environment,
  type Fleet,
  type Values,
} from "../../common/domain/index.ts";
import { encodeApplicationBody } from "../../common/wire/index.ts";
import { assembleApplication } from "../assign/index.ts";
import type { RenderedApplication, RenderedObject, Renderer, Revision } from "../ports.ts";
import {
  folderFor,
  folderVariables,
  type ResolvedApplication,
  refuseAny,
  tenancyOf,
  usedVariables,
  valuesFor,
  valuesKey,
} from "../resolve/index.ts";

/** One application at one commit, made for each distinct set of values once, however many clusters share them. */
export interface ApplicationContent {
  readonly name: string;
  readonly file: string;
  readonly revision: Revision;
  /** Clusters that it runs on; undefined: all of the environment. */
  readonly clusters: ClusterSelector | undefined;
  /** Throws AppError with a position; the same answer for clusters with equal values. */
  forCluster(cluster: string): Promise<EncodedApplication>;
}

/** The branch of the content tree that is one application, encoded once. */
export interface EncodedApplication {
  /** Of the encoded ApplicationBody. */
  readonly digest: Digest;
  /** The body, then its objects. */
  readonly contents: readonly (readonly [Digest, Buffer])[];
}

export interface ApplicationContentOptions {
  readonly fleet: Fleet;
  readonly environment: Environment;
  readonly resolved: ResolvedApplication;
  readonly revision: Revision;
  readonly folders: ReadonlySet<string>;
  readonly renderer: Renderer;
  /** The environment's commit could not be used: this is an older one, and says so to the agent. */
  readonly pinned: boolean;
}

export function createApplicationContent(options: ApplicationContentOptions): ApplicationContent {
  const { fleet, environment, resolved, revision, folders, renderer, pinned } = options;
  const { application } = resolved;
  const { tenant, problems } = tenancyOf(resolved, fleet.tenants);
  const renderings = new Map<string, Promise<Rendering>>();
  const assembled = new Map<string, Promise<EncodedApplication>>();

  interface Rendering {
    readonly objects: readonly RenderedObject[];
    readonly used: ReadonlySet<string>;
  }

  async function render(values: Values): Promise<Rendering> {
    const path = folderFor(resolved, values, folders);
    const objects = await renderer.render({
      revision,
      path,
      renderer: application.renderer,
      hydrated: environment.promotion?.branch === "rendered",
    });
    return { objects, used: application.substitute === undefined ? new Set() : usedVariables(objects) };
  }

  return {
    name: application.name,
    file: application.file,
    revision,
    clusters: tenant?.clusters,
    async forCluster(cluster) {
      refuseAny(problems);
      const values = valuesFor(fleet, environment, cluster, application);
      const folderKey = valuesKey(folderVariables(application), values);
      const rendering = await remembered(renderings, folderKey, () => render(values));
      const key = `${folderKey} ${valuesKey(rendering.used, values)}`;
      return remembered(assembled, key, async () =>
        encoded(
          assembleApplication({
            application,
            rendered: rendering.objects,
            values,
            tenant,
            // Left out while it is the assignment's own, so that a commit that changes nothing changes no bytes.
            revision: pinned ? revision : "",
          }),
        ),
      );
    },
  };
}

function encoded({ body, objects }: RenderedApplication): EncodedApplication {
  const bytes = encodeApplicationBody(body);
  const digest = digestOf(bytes);
  return { digest, contents: [[digest, bytes], ...objects.map((each) => [each.digest, each.content] as const)] };
}

function remembered<T>(memory: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
