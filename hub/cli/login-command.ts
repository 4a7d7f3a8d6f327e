import { Option } from "commander";
import type { ClusterView } from "../../common/domain/index.ts";
import { createHubClient } from "./client.ts";
import { checkContext, readCa, saveContext } from "./context.ts";
import type { Commands } from "./session.ts";

export const loginCommand: Commands = (program, { terminal }) => {
  program
    .command("login <url>")
    .description("remember a hub and its token for the commands that follow")
    .addOption(
      new Option("--token <token>", "the hub's admin token, from DATA/admin-token, or one of 'drover token create'")
        .env("DROVER_TOKEN")
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--ca <file>", "PEM of the CA that signed the hub's certificate, from DATA/keys/ca.crt").env(
        "DROVER_CA_FILE",
      ),
    )
    .action(async (url: string, { token, ca }: { readonly token: string; readonly ca?: string }) => {
      const given = { url, token: token.trim(), ...(ca === undefined ? {} : { ca: readCa(ca) }) };
      const context = checkContext(given, "drover login");
      const client = createHubClient(context, terminal);
      try {
        // Only what works is remembered.
        const { length } = await client.list<ClusterView>("clusters");
        const file = saveContext(context, process.env);
        terminal.note(
          `Logged in to ${client.url} (${length === 1 ? "1 cluster" : `${length} clusters`}); remembered in ${file}`,
        );
      } finally {
        await client.close();
      }
    });
};
