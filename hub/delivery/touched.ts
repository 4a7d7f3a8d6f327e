/** Where an application of an environment comes from. */
export interface ApplicationSources {
  readonly name: string;
  /** Everything below belongs to it; "" is the root. */
  readonly folders: readonly string[];
  /** Files wherever they are. */
  readonly files: readonly string[];
}

/** Names of the applications that changes of these files alter, as a function of the paths. */
export function createTouched(
  sources: readonly ApplicationSources[],
): (paths: readonly string[]) => ReadonlySet<string> {
  const byFile = new Map<string, string[]>();
  const byFolder = new Map<string, string[]>();
  for (const { name, folders, files } of sources) {
    for (const file of files) add(byFile, file, name);
    for (const folder of folders) add(byFolder, folder, name);
  }

  return (paths) => {
    const found = new Set<string>();
    const note = (names: readonly string[] = []) => {
      for (const name of names) found.add(name);
    };
    for (const path of paths) {
      note(byFile.get(path));
      for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
        note(byFolder.get(path.slice(0, at)));
      }
      note(byFolder.get(""));
    }
    return found;
  };
}

function add(names: Map<string, string[]>, key: string, name: string): void {
  const known = names.get(key);
  if (known === undefined) names.set(key, [name]);
  else known.push(name);
}
