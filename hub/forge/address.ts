import { AppError } from "../../common/errors.ts";

export const forgeKinds = ["github", "gitlab", "gitea"] as const;
export type ForgeKind = (typeof forgeKinds)[number];

/** Where a repository is at its forge. */
export interface ForgeAddress {
  readonly kind: ForgeKind;
  /** Of the forge's web pages, without a slash at the end. */
  readonly web: string;
  /** "acme/fleet", at GitLab any number of groups before the project. */
  readonly project: string;
}

/** Hosts of which it is certain what runs there. */
const known: Readonly<Record<string, ForgeKind>> = {
  "github.com": "github",
  "gitlab.com": "gitlab",
  "gitea.com": "gitea",
  "codeberg.org": "gitea",
};

/**
 * The forge that the URL of a repository belongs to; `kind` and `web` are what the configuration says, undefined what it leaves
 * open. FAILED_PRECONDITION when that is not certain.
 */
export function forgeAddress(
  repo: string,
  given: { readonly kind: ForgeKind | undefined; readonly web: string | undefined },
): ForgeAddress {
  const remote = parse(repo);
  const kind = given.kind ?? (remote === undefined ? undefined : known[remote.host]);
  if (remote === undefined || kind === undefined) {
    const where = remote === undefined ? "the repository is not at a forge" : `"${remote.host}" may be any`;
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot tell which forge the repository is at: ${where}; say --forge ${forgeKinds.join("|")}`,
    );
  }
  const web = (given.web ?? remote.web ?? `https://${remote.host}`).replace(/\/+$/, "");
  const below = new URL(web).pathname.replace(/^\/$/, "");
  const path = below !== "" && remote.path.startsWith(`${below}/`) ? remote.path.slice(below.length) : remote.path;
  const project = path
    .replace(/^\/+/, "")
    .replace(/\/+$/, "")
    .replace(/[.]git$/, "");
  if (!/^[^/]+(\/[^/]+)+$/.test(project) || (kind !== "gitlab" && project.split("/").length !== 2)) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot find the repository at the forge: "${project}" is not OWNER/NAME; say --forge-url when the forge is below a path`,
    );
  }
  return { kind, web, project };
}

/** `web` is undefined for ssh, whose port says nothing about the pages. */
function parse(repo: string): { host: string; path: string; web: string | undefined } | undefined {
  const scp = /^(?:[^@/\s]+@)?([^/:\s]{2,}):(?!\/\/)(.+)$/.exec(repo);
  if (scp !== null) return { host: (scp[1] as string).toLowerCase(), path: `/${scp[2]}`, web: undefined };
  const url = URL.canParse(repo) ? new URL(repo) : undefined;
  if (url === undefined || url.host === "") return undefined;
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  if (!isWeb && url.protocol !== "ssh:") return undefined;
  return { host: url.hostname, path: decodeURI(url.pathname), web: isWeb ? url.origin : undefined };
}
