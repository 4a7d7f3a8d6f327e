import { mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { sync as writeFileAtomic } from "write-file-atomic";
import { z } from "zod";
import { AppError, toAppError } from "../../common/errors.ts";

/** Which hub the CLI talks to. */
export interface Context {
  readonly url: string;
  readonly token: string;
  /** PEM of the CA to trust for https; the system's when absent. */
  readonly ca?: string | undefined;
}

const contextSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "expected http://HOST:PORT or https://HOST:PORT" }),
  // What an HTTP header can carry; a token file's line end is not part of it.
  token: z.string().regex(/^[\x21-\x7e]+$/, "expected printable characters without spaces"),
  ca: z.string().optional(),
});

export interface ContextSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** DROVER_URL and DROVER_TOKEN, else `.drover/context.json` here or in a folder above, else the one that `drover login` wrote. */
export function loadContext({ env, cwd }: ContextSources): Context {
  const url = env["DROVER_URL"];
  const token = env["DROVER_TOKEN"];
  if (url !== undefined && token !== undefined) {
    const caFile = env["DROVER_CA_FILE"];
    return checkContext({ url, token, ...(caFile === undefined ? {} : { ca: readCa(caFile) }) }, "DROVER_URL");
  }
  if (url !== undefined || token !== undefined) {
    throw new AppError(
      "INVALID_ARGUMENT",
      `${url === undefined ? "DROVER_URL" : "DROVER_TOKEN"} is missing: set both, or neither after 'drover login URL --token T'`,
    );
  }
  for (const file of [...candidates(cwd), userContextFile(env)]) {
    const context = readContext(file);
    if (context !== undefined) return context;
  }
  throw new AppError(
    "FAILED_PRECONDITION",
    "No hub is known: run 'drover login URL --token T' first, or 'npm start' in a checkout for the demo",
  );
}

/** @throws INVALID_ARGUMENT; `source`: the flag or variable that the address came from. */
export function checkContext(context: Context, source: string): Context {
  const parsed = contextSchema.safeParse(context);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError("INVALID_ARGUMENT", `${source}: the hub's ${issue?.path.join(".")} is wrong: ${issue?.message}`);
}

/** PEM in a file. */
export function readCa(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw toAppError(thrown, `Cannot read the CA file "${file}"`);
  }
}

export function saveContext(context: Context, env: ContextSources["env"]): string {
  const file = userContextFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileAtomic(file, `${JSON.stringify(context, null, 2)}\n`, { mode: 0o600 });
  return file;
}

function userContextFile(env: ContextSources["env"]): string {
  return join(env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "drover", "context.json");
}

function* candidates(cwd: string): Generator<string> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    yield join(folder, ".drover", "context.json");
    if (folder === dirname(folder)) return;
  }
}

function readContext(file: string): Context | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") return undefined;
    throw toAppError(thrown, `Cannot read "${file}"`);
  }
  const parsed = contextSchema.safeParse(safeJson(text));
  if (!parsed.success) {
    throw new AppError(
      "INVALID_ARGUMENT",
      `This is no context: ${parsed.error.issues[0]?.message}. Write it again with 'drover login' (or 'npm start'), or remove it`,
      { position: { file } },
    );
  }
  return parsed.data;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
