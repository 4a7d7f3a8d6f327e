import type { Environment, Fleet, Problem } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Cancellable, Commit, GitSource, NewFile, Renderer } from "../ports.ts";
import { hydratedFile, manifestText, metadataFile, readApplications } from "../render/index.ts";
import {
  folderFor,
  folderPattern,
  problemsOf,
  type ResolvedApplication,
  refuseAny,
  valuesFor,
} from "../resolve/index.ts";
import { metadataText } from "./metadata.ts";

export interface HydratedFilesDependencies {
  readonly git: Pick<GitSource, "tree" | "blobs">;
  readonly renderer: Renderer;
}

export interface HydratedFilesRequest {
  readonly fleet: Fleet;
  readonly environment: Environment;
  readonly commit: Commit;
  /** Names of the environment's clusters: the folders that they lead to must render, those that others could are tried. */
  readonly clusters: readonly string[];
}

/**
 * What a commit renders to for an environment: each application.yaml as it is, and beside it the objects of its folders. Throws
 * INVALID_ARGUMENT with every problem of every application: what cannot be rendered whole is no proposal.
 */
export async function hydratedFiles(
  { git, renderer }: HydratedFilesDependencies,
  { fleet, environment, commit, clusters }: HydratedFilesRequest,
  options: Cancellable,
): Promise<readonly NewFile[]> {
  const { revision } = commit;
  const found = await readApplications(git, revision, fleet.applications, options);
  const { applications, refused, described, folders } = found;
  const problems: Problem[] = refused.flatMap((each) => each.problems);
  const files = new Map<string, NewFile>(described.map(({ path, oid, mode }) => [path, { path, oid, mode }]));
  files.set(metadataFile, { path: metadataFile, content: Buffer.from(metadataText(commit)) });

  async function render({ application, locate }: ResolvedApplication, folder: string): Promise<void> {
    const request = { revision, path: folder, renderer: application.renderer, hydrated: false };
    const objects = await renderer.render(request, options);
    const path = hydratedFile(folder);
    const content = Buffer.from(manifestText(objects.map(({ manifest }) => manifest)));
    const other = files.get(path);
    if (other === undefined) files.set(path, { path, content });
    else if (!("content" in other) || !content.equals(other.content)) {
      const message = `Two applications render "${folder}" to different objects: a rendered branch has one file for it`;
      problems.push({ severity: "error", message, position: locate(["spec", "renderer"]) });
    }
  }

  for (const resolved of applications) {
    const needed = new Set<string>();
    for (const cluster of clusters.length === 0 ? [""] : clusters) {
      const values = valuesFor(fleet, environment, cluster, resolved.application);
      await collect(problems, async () => void needed.add(folderFor(resolved, values, folders)));
    }
    for (const folder of needed) await collect(problems, () => render(resolved, folder));
    const pattern = folderPattern(resolved.application, environment);
    const possible = [...folders].filter((folder) => !needed.has(folder) && pattern.test(folder)).sort();
    // Nobody is led there yet: a mistake in it is nobody's.
    for (const folder of possible) await collect([], () => render(resolved, folder));
  }
  refuseAny(unique(problems));
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function collect(problems: Problem[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const error = toAppError(thrown);
    // A program that is missing or slow says nothing about the commit.
    if (isAbort(thrown) || error.retryable) throw thrown;
    problems.push(...problemsOf(error));
  }
}

/** Clusters share most mistakes. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
}
