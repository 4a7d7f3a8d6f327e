import type { Environment, Fleet } from "../../common/domain/index.ts";
import type { GitSource, Revision, Sources } from "../ports.ts";
import { readApplications } from "../render/index.ts";
import { folderPattern } from "../resolve/index.ts";
import type { ApplicationSources } from "./touched.ts";

/** Where the applications of an environment come from at a commit; sorted by name, without those that cannot be read. */
export async function applicationSources(
  { git, renderer }: { readonly git: Pick<GitSource, "tree" | "blobs">; readonly renderer: Sources },
  { fleet, environment, revision }: { fleet: Fleet; environment: Environment; revision: Revision },
): Promise<readonly ApplicationSources[]> {
  const described = await readApplications(git, revision, fleet.applications);
  const all = [...described.folders];
  const hydrated = environment.promotion?.branch === "rendered";
  const found: ApplicationSources[] = [];
  for (const { application } of described.applications) {
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
