import type { DriftView } from "../../common/domain/index.ts";
import { ignoreRules } from "./ignore-rules.ts";
import { formatValue } from "./output.ts";
import type { Commands } from "./session.ts";

interface SnippetOptions {
  readonly application: string;
  readonly cluster?: string;
}

export const driftCommand: Commands = (program, { terminal, withHub }) => {
  program
    .command("drift")
    .description("what to do about drift; 'drover get drift' lists it")
    .command("ignore-snippet <environment>")
    .description("print the rules for application.yaml that would silence the drift that is known now")
    .requiredOption("-a, --application <name>", "of this application")
    .option("-c, --cluster <name>", "only what drifted on this cluster")
    .action((environment: string, { application, cluster }: SnippetOptions) =>
      withHub(async (client) => {
        const ignore = ignoreRules(await client.list<DriftView>("drift", { environment, cluster, application }));
        if (ignore.length === 0) {
          return terminal.note(`Nothing to ignore: application "${application}" has no drift of fields`);
        }
        terminal.note(`For the application.yaml of "${application}"; make it wider or narrower as you see fit`);
        terminal.print(formatValue({ spec: { drift: { ignore } } }, "yaml"));
      }),
    );
};
