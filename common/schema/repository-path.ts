/**
 * `relative` seen from `folder`, both inside a repository with "/" between parts; "" is the root. Undefined when it leaves the
 * repository or is absolute.
 */
export function joinPath(folder: string, relative: string): string | undefined {
  if (relative.startsWith("/")) return undefined;
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else {
      parts.push(part);
    }
  }
  return parts.join("/");
}
