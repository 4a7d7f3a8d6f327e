import { AppError } from "../../common/errors.ts";
import type { Forge } from "../ports.ts";
import { type ForgeKind, forgeAddress } from "./address.ts";
import { openForge } from "./open.ts";

export interface ForgeSettings {
  readonly repo: string;
  readonly trunk: string;
  readonly forge: ForgeKind | undefined;
  readonly forgeUrl: string | undefined;
  readonly forgeToken: string | undefined;
  readonly forgeTokenFile: string | undefined;
}

/** Undefined: no forge is used. FAILED_PRECONDITION when what was said does not tell which. */
export async function configuredForge(settings: ForgeSettings): Promise<Forge | undefined> {
  const { repo, trunk, forge: kind, forgeUrl: web, forgeToken: text, forgeTokenFile: file } = settings;
  if (text !== undefined && file !== undefined) {
    throw new AppError(
      "FAILED_PRECONDITION",
      "Cannot use two tokens for the forge: say --forge-token or --forge-token-file",
    );
  }
  const token = file !== undefined ? { file } : text !== undefined && text !== "" ? { text } : undefined;
  if (token === undefined) {
    if (kind === undefined && web === undefined) return undefined;
    throw new AppError(
      "FAILED_PRECONDITION",
      "Cannot use a forge without a token: say --forge-token-file or DROVER_FORGE_TOKEN",
    );
  }
  return openForge({ address: forgeAddress(repo, { kind, web }), token, trunk });
}
