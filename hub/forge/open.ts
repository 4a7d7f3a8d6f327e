import { readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Forge } from "../ports.ts";
import type { ForgeAdapterOptions } from "./adapter.ts";
import type { ForgeAddress } from "./address.ts";
import { createForgeFetch } from "./http.ts";

export interface ForgeOptions {
  readonly address: ForgeAddress;
  readonly token: ForgeToken;
  readonly trunk: string;
  readonly clock?: Clock;
}

/** Itself, or the file that it is read from for each request. */
export type ForgeToken = { readonly text: string } | { readonly file: string };

/** Client libraries are loaded here, by hubs that have a forge and no others. Asks the forge nothing. */
export async function openForge({ address, token, trunk, clock = systemClock }: ForgeOptions): Promise<Forge> {
  const options: ForgeAdapterOptions = {
    address,
    token: () => readToken(token),
    trunk,
    fetch: createForgeFetch(clock),
    clock,
  };
  switch (address.kind) {
    case "github":
      return (await import("./github.ts")).createGithubForge(options);
    case "gitlab":
      return (await import("./gitlab.ts")).createGitlabForge(options);
    case "gitea":
      return (await import("./gitea.ts")).createGiteaForge(options);
  }
}

async function readToken(token: ForgeToken): Promise<string> {
  if ("text" in token) return token.text;
  const text = await readFile(token.file, "utf8").catch((cause: Error) => {
    throw new AppError("UNAUTHENTICATED", `Cannot read the forge's token: ${cause.message}`, { cause });
  });
  if (text.trim() === "") throw new AppError("UNAUTHENTICATED", `The forge's token in "${token.file}" is empty`);
  return text.trim();
}
