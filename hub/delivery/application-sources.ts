import type { Environment, Fleet } from "../../common/domain/index.ts";
import type { GitSource, Revision, Sources } from "../ports.ts";
import { applicationFiles, folderPattern, foldersOf, resolveApplications } from "../resolve/index.ts";
import type { ApplicationSources } from "./touched.ts";

/** Where the applications of an environment come from at a commit; sorted by name, without those that cannot be read. */
export async function applicationSources(
  { git, renderer }: { readonly git: Pick<GitSource, "tree" | "blobs">; readonly renderer: Sources },
  { fleet, environment, revision }: { fleet: Fleet; environment: Environment; revision: Revision },
): Promise<readonly ApplicationSources[]> {
  const entries = await git.tree(revision);
  const described = applicationFiles(fleet.applications, entries);
  const texts = await git.blobs(described.map(({ oid }) => oid));
  const { applications } = resolveApplications(
    described.map(({ path }, index) => ({ path, text: texts[index]?.toString("utf8") ?? "" })),
  );
  const all = [...foldersOf(entries)];
  const hydrated = environment.promotion?.branch === "rendered";
  const found: ApplicationSources[] = [];
  for (const { application } of applications) {
    const pattern = folderPattern(application, environment);
    const folders = all.filter((folder) => pattern.test(folder));
    const files = [application.file];
    for (const path of folders) {
      try {
        files.push(...(await renderer.sources({ revision, path, renderer: application.renderer, hydrated })));
      } catch {
        // Nothing can be rendered there: that it has changed is known by the folder.
      }
    }
    found.push({ name: application.name, folders, files });
  }
  return found;
}
