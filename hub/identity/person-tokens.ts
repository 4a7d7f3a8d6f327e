import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Collection } from "../ports.ts";
import type { PersonToken } from "../surfaces.ts";

/** What the hub keeps of a person's token: enough to recognise it, not to use it. */
export interface PersonTokenRecord extends Omit<PersonToken, "name"> {
  /** SHA-256 of the token. */
  readonly hash: string;
}

/** Tokens of the API by the name of whoever holds them: approvals, holds and the audit log say that name. */
export interface PersonTokens {
  load(): Promise<void>;
  list(): readonly PersonToken[];
  /** ALREADY_EXISTS when the person has one, PERMISSION_DENIED for whoever is not the hub's administrator. */
  issue(name: string, actor: string): Promise<string>;
  revoke(name: string, actor: string): Promise<void>;
  /** Whose token it is; undefined: nobody's. */
  holderOf(token: string): string | undefined;
}

/** The holder of the token in DATA/admin-token. */
const administrator = "admin";
/** Nobody may go by these, in whatever case: the other one is what the hub calls itself where it acts unasked. */
const takenNames: ReadonlySet<string> = new Set([administrator, "drover"]);
const personName = /^[A-Za-z0-9][\w.@+-]{0,99}$/;

export function createPersonTokens(options: {
  readonly collection: Collection<PersonTokenRecord>;
  readonly clock: Clock;
}): PersonTokens {
  const { collection, clock } = options;
  const records = new Map<string, PersonTokenRecord>();
  const holders = new Map<string, string>();

  function remember(name: string, record: PersonTokenRecord | undefined): void {
    const before = records.get(name);
    if (before !== undefined) holders.delete(before.hash);
    if (record === undefined) return void records.delete(name);
    records.set(name, record);
    holders.set(record.hash, name);
  }

  /** Or one person could be several: two approvals are to be of two people. */
  function mustBeAdministrator(actor: string): void {
    if (actor === administrator) return;
    throw new AppError("PERMISSION_DENIED", `${actor} may not make or revoke tokens: only the hub's admin token may`);
  }

  return {
    async load() {
      for (const [name, record] of await collection.entries()) remember(name, record);
    },
    list: () =>
      [...records]
        .map(([name, { createdAt }]) => ({ name, createdAt }))
        .sort((left, right) => (left.name < right.name ? -1 : 1)),
    async issue(name, actor) {
      mustBeAdministrator(actor);
      if (!personName.test(name) || takenNames.has(name.toLowerCase())) {
        throw new AppError(
          "INVALID_ARGUMENT",
          `Cannot make a token for "${name}": expected a person's name or e-mail address, as their commits have it`,
        );
      }
      const token = `drover_${randomBytes(24).toString("base64url")}`;
      const record: PersonTokenRecord = { hash: sha256(token), createdAt: new Date(clock.now()).toISOString() };
      const written = await collection.update(name, (current) => current ?? record);
      if (written?.hash !== record.hash) {
        throw new AppError("ALREADY_EXISTS", `${name} has a token already: revoke it first`);
      }
      remember(name, record);
      return token;
    },
    async revoke(name, actor) {
      mustBeAdministrator(actor);
      if (!records.has(name)) throw new AppError("NOT_FOUND", `${name} has no token`);
      await collection.delete(name);
      remember(name, undefined);
    },
    holderOf: (token) => holders.get(sha256(token)),
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
