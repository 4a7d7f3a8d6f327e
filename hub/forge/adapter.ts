import type { Clock } from "../../common/async/index.ts";
import type { ForgeStatus, PullRequestText } from "../ports.ts";
import type { ForgeAddress } from "./address.ts";
import type { Fetch } from "./http.ts";

/** What each of the adapters is made of. */
export interface ForgeAdapterOptions {
  readonly address: ForgeAddress;
  /** Asked for each request: whoever renews the token in its file needs no restart. */
  readonly token: () => Promise<string>;
  /** Branch that people write to: of statuses with one name, those of its pipelines count. */
  readonly trunk: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/** The least that all of them take. */
const most = { title: 250, body: 60_000, description: 140 };

export function clippedText({ title, body }: PullRequestText): PullRequestText {
  return { title: clipped(title, most.title), body: clipped(body, most.body) };
}

export function clippedDescription(status: ForgeStatus): string {
  return clipped(status.description.replaceAll(/\s+/g, " ").trim(), most.description);
}

function clipped(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

export function byContext(statuses: readonly ForgeStatus[]): ReadonlyMap<string, readonly ForgeStatus[]> {
  const found = new Map<string, ForgeStatus[]>();
  for (const status of statuses) found.set(status.context, [...(found.get(status.context) ?? []), status]);
  return found;
}
