import { Option } from "commander";
import type { PersonToken } from "../surfaces.ts";
import { type AnswerFormat, answerFormats, formatValue } from "./output.ts";
import type { Commands } from "./session.ts";

export const tokenCommand: Commands = (program, { terminal, withHub }) => {
  const token = program.command("token").description("who may use the hub, by name; only with the admin token");
  const output = () => new Option("-o, --output <format>", "output format").choices(answerFormats).default("text");

  token
    .command("create <name>")
    .description("make a token for a person: approvals and the history say this name, as their commits have it")
    .addOption(output())
    .action((name: string, { output: format }: { readonly output: AnswerFormat }) =>
      withHub(async (client) => {
        const made = await client.send<{ readonly name: string; readonly token: string }>("POST", "/api/v1/tokens", {
          name,
        });
        if (format !== "text") return terminal.print(formatValue(made, format));
        terminal.note(`Shown this once; ${name} gives it to 'drover login' or DROVER_TOKEN:\n`);
        terminal.print(made.token);
      }),
    );

  token
    .command("list")
    .description("who has a token")
    .addOption(output())
    .action(({ output: format }: { readonly output: AnswerFormat }) =>
      withHub(async (client) => {
        const items = await client.list<PersonToken>("tokens");
        if (format !== "text") return terminal.print(formatValue(items, format));
        if (items.length === 0) terminal.note("Nobody has a token but the admin: 'drover token create NAME' makes one");
        for (const { name, createdAt } of items) terminal.print(`${name}  since ${createdAt}`);
      }),
    );

  token
    .command("revoke <name>")
    .description("refuse a person's token from now on")
    .action((name: string) =>
      withHub(async (client) => {
        await client.send("DELETE", `/api/v1/tokens/${encodeURIComponent(name)}`);
        terminal.note(`Revoked the token of ${name}`);
      }),
    );
};
