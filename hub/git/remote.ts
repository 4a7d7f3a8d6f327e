import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../../common/errors.ts";

export interface GitCredentials {
  readonly username: string;
  /** Password or token. */
  readonly password: string;
}

/** Where a repository is and how to get in. */
export interface Remote {
  /** Without secrets, fit for argument lists and logs. */
  readonly url: string;
  readonly protocol: "http" | "https" | "ssh" | "git" | "file";
  readonly credentials: GitCredentials | undefined;
}

const scpLike = /^(?:[^@/\\:\s]+@)?[^/\\:\s]{2,}:(?!\/\/)[^\\]/;

/** `credentials` win over those inside the URL, which are taken out of it. INVALID_ARGUMENT for anything that isn't a repository URL. */
export function parseRemote(url: string, credentials?: GitCredentials): Remote {
  if (url === "" || url.startsWith("-") || /[\0\r\n]/.test(url)) {
    throw new AppError("INVALID_ARGUMENT", "Cannot use the repository URL: it is empty or starts with '-'");
  }
  if (isAbsolute(url) || url.startsWith("./") || url.startsWith("../")) {
    return { url: resolve(url), protocol: "file", credentials: undefined };
  }
  if (!url.includes("://")) {
    if (scpLike.test(url) && !url.includes("::")) return { url, protocol: "ssh", credentials: undefined };
    throw new AppError(
      "INVALID_ARGUMENT",
      `Cannot use the repository URL "${url}": expected https://…, ssh://…, git@host:path or an absolute path`,
    );
  }
  return parseUrl(url, credentials);
}

function parseUrl(text: string, credentials: GitCredentials | undefined): Remote {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new AppError("INVALID_ARGUMENT", "Cannot use the repository URL: it is not a valid URL", { cause });
  }
  const protocol = url.protocol.slice(0, -1);
  switch (protocol) {
    case "file":
      return { url: fileURLToPath(url), protocol, credentials: undefined };
    case "ssh":
    case "git":
      url.password = "";
      return { url: url.href, protocol, credentials: undefined };
    case "http":
    case "https": {
      const inside =
        url.username === "" && url.password === ""
          ? undefined
          : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
      url.username = "";
      url.password = "";
      return { url: url.href.replace(/\/$/, ""), protocol, credentials: credentials ?? inside };
    }
    default:
      throw new AppError(
        "INVALID_ARGUMENT",
        `Cannot use a repository URL of protocol "${protocol}": expected https, http, ssh, git or file`,
      );
  }
}

/** Value of the Authorization header; undefined without credentials. */
export function authorization(remote: Remote): string | undefined {
  if (remote.credentials === undefined) return undefined;
  const { username, password } = remote.credentials;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Takes the remote's secrets out of a text that another program wrote. */
export function redact(text: string, remote: Remote): string {
  const { credentials } = remote;
  if (credentials === undefined) return text;
  const secrets = [credentials.password, encodeURIComponent(credentials.password), authorization(remote)?.slice(6)];
  return secrets
    .filter((secret) => secret !== undefined && secret !== "")
    .reduce<string>((rest, secret) => rest.replaceAll(secret ?? "", "***"), text);
}

/** "the credentials of "bot"": what was shown to the server. */
export function describeCredentials(remote: Remote): string {
  if (remote.credentials !== undefined) return `the credentials of user "${remote.credentials.username}"`;
  switch (remote.protocol) {
    case "ssh":
      return "the SSH key of this process";
    case "http":
    case "https":
      return "no credentials";
    case "git":
    case "file":
      return "no credentials";
  }
}
