import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../../common/errors.ts";
import { type ForgeEvent, forgeEvent } from "./forge-event.ts";

export interface WebhookRequest {
  /** As Node gives them: names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes as they came: signatures are over them. */
  readonly body: Buffer;
  /** Without one nothing can be verified, and the request is a hint at most. */
  readonly secret?: string | undefined;
}

/** A request to fetch soon. It never carries desired state, so that a replay costs one fetch and nothing else. */
export interface WebhookHint {
  /** Signed with our secret. False: only to be obeyed within a rate limit, and the fields below are not to be trusted. */
  readonly verified: boolean;
  /** "acme/fleet", where the sender said so. */
  readonly repository?: string;
  /** Branches that moved; absent where the sender did not say so. */
  readonly branches?: readonly string[];
  /** What happened, where the sender named it. */
  readonly event?: ForgeEvent;
}

/** Senders and where they put the HMAC-SHA256 of the body, in hex. */
const signatureHeaders = [
  { header: "x-hub-signature-256", prefix: "sha256=" },
  { header: "x-gitea-signature", prefix: "" },
  { header: "x-forgejo-signature", prefix: "" },
  { header: "x-gogs-signature", prefix: "" },
  // Bitbucket signs as GitHub does, under the older name.
  { header: "x-hub-signature", prefix: "sha256=" },
  { header: "x-signature-256", prefix: "sha256=" },
] as const;

/** Throws UNAUTHENTICATED with the reason when there is a secret and the request does not prove to know it. */
export function verifyWebhook(request: WebhookRequest): WebhookHint {
  const { secret } = request;
  const verified = secret !== undefined && secret !== "";
  if (verified) requireProof(request, secret);
  return { verified, ...describeEvent(request) };
}

function requireProof({ headers, body }: WebhookRequest, secret: string): void {
  const token = single(headers["x-gitlab-token"]);
  if (token !== undefined) {
    // Hashed first: comparing in constant time needs equal lengths.
    if (timingSafeEqual(hmac(secret, token), hmac(secret, secret))) return;
    throw refused("the token in X-Gitlab-Token is not the configured secret");
  }
  const expected = hmac(secret, body);
  for (const { header, prefix } of signatureHeaders) {
    const value = single(headers[header]);
    if (value === undefined) continue;
    if (!value.startsWith(prefix)) throw refused(`the signature in ${header} does not begin with "${prefix}"`);
    const given = Buffer.from(value.slice(prefix.length), "hex");
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    throw refused(`the signature in ${header} does not match: the sender has another secret or the body was changed`);
  }
  throw refused("it is not signed: set the secret at the sender too");
}

const hmac = (secret: string, data: string | Buffer): Buffer => createHmac("sha256", secret).update(data).digest();

const refused = (reason: string): AppError => new AppError("UNAUTHENTICATED", `Cannot accept the webhook: ${reason}`);

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

/** What a push event says, in the shapes of GitHub, Gitea, GitLab and Bitbucket. Anything else says nothing. */
function describeEvent(request: WebhookRequest): Omit<WebhookHint, "verified"> {
  const event = parseJson(request.body);
  const named = forgeEvent(request, event);
  const repository =
    text(event, "repository", "full_name") ??
    text(event, "project", "path_with_namespace") ??
    text(event, "repository", "name");
  const ref = text(event, "ref");
  const names = [
    ...(ref?.startsWith("refs/heads/") === true ? [ref.slice("refs/heads/".length)] : []),
    ...list(event, "push", "changes").flatMap((change) =>
      [text(change, "new", "name"), text(change, "old", "name")].filter((name) => name !== undefined),
    ),
  ];
  const branches = [...new Set(names)];
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(branches.length === 0 ? {} : { branches }),
    ...(named === undefined ? {} : { event: named }),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (rest, key) =>
      typeof rest === "object" && rest !== null && Object.hasOwn(rest, key)
        ? (rest as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function text(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

function list(value: unknown, ...path: string[]): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}
