import {
  type ApplicationEntry,
  type ClusterSelector,
  type Digest,
  type Problem,
  selects,
} from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import { assembleBody } from "../assign/index.ts";
import type { ClusterRecord } from "../ports.ts";
import { problemsOf } from "../resolve/index.ts";
import type { EnvironmentApplication, EnvironmentContent } from "./environment-content.ts";

/** What one cluster of an environment is to run. */
export interface ClusterContent {
  readonly root: { readonly digest: Digest; readonly bytes: Buffer };
  readonly entries: readonly ClusterEntry[];
  /** The root, then bodies and objects. */
  contents(): Iterable<readonly [Digest, Buffer]>;
}

export interface ClusterEntry {
  readonly entry: ApplicationEntry;
  /** Why this cluster does not get the environment's commit. */
  readonly problem: Problem | undefined;
  readonly contents: readonly (readonly [Digest, Buffer])[];
}

export async function clusterContent(
  content: EnvironmentContent,
  { name, labels }: Pick<ClusterRecord, "name" | "labels">,
): Promise<ClusterContent> {
  const applications = content.applications.filter(({ content }) => selects(content?.clusters ?? everyCluster, labels));
  const entries = await Promise.all(applications.map((application) => entryFor(application, name)));
  const root = assembleBody(
    entries.map(({ entry }) => entry),
    content.environment.guards.maxDeletes,
  );
  return {
    root,
    entries,
    contents: () => [[root.digest, root.bytes] as const, ...entries.flatMap((each) => each.contents)],
  };
}

const everyCluster: ClusterSelector = { matchLabels: {}, matchExpressions: [] };

/** The application for one cluster: the new content, else the last good one, else "keep what you have". */
async function entryFor(application: EnvironmentApplication, cluster: string): Promise<ClusterEntry> {
  let problem: Problem | undefined;
  for (const content of [application.content, application.fallback]) {
    if (content === undefined) continue;
    try {
      const { digest, contents } = await content.forCluster(cluster);
      return { problem, entry: { name: application.name, digest }, contents };
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      problem ??= problemsOf(toAppError(thrown))[0];
    }
  }
  const heldReason = problem?.message ?? application.problems[0]?.message ?? "It never could be rendered";
  return { problem, entry: { name: application.name, heldReason }, contents: [] };
}
