import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { ClusterView } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import { createHubClient } from "./client.ts";
import { saveContext } from "./context.ts";
import type { Terminal } from "./terminal.ts";

export function loginCommand(program: Command, terminal: Terminal): void {
  program
    .command("login <url>")
    .description("remember a hub and its token for the commands that follow")
    .requiredOption("--token <token>", "the hub's admin token, from DATA/admin-token")
    .option("--ca <file>", "PEM of the CA that signed the hub's certificate, from DATA/keys/ca.crt")
    .action(async (url: string, options: { token: string; ca?: string }) => {
      const context = { url, token: options.token, ca: options.ca === undefined ? undefined : readFile(options.ca) };
      const client = createHubClient(context);
      try {
        const clusters = await client.list<ClusterView>("clusters");
        const file = saveContext(context, process.env);
        terminal.note(`Logged in to ${client.url} (${clusters.length} clusters); remembered in ${file}`);
      } finally {
        await client.close();
      }
    });
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw toAppError(thrown, `Cannot read the CA file "${file}"`);
  }
}
