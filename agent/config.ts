import { Command, InvalidArgumentError, Option } from "commander";
import { version } from "../common/version.ts";

/** In front of a name in `data`. */
export const secretScheme = "secret:";

/** Everything the agent can be told; each flag has a DROVER_… environment twin. */
export interface AgentConfig {
  /** HOST:PORT; undefined: the one learned when joining. */
  readonly hub: string | undefined;
  /** Needed for the first start only. */
  readonly token: string | undefined;
  /** Undefined: KUBECONFIG, else the service account inside a cluster, else ~/.kube/config. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Folder, or "secret:" and what the names of the agent's Secrets start with. */
  readonly data: string;
  readonly logLevel: string;
  /** Whether logs of pods may leave the cluster. */
  readonly logs: "on" | "off";
  /** Whether Jobs of gates may run here. */
  readonly gateJobs: "on" | "off";
}

/** Parses the command line; commander's errors end the process with status 2. */
export function agentCommand(run: (config: AgentConfig) => Promise<void>): Command {
  return new Command("drover-agent")
    .description("The agent of Drover: makes one cluster what the hub assigned, and keeps it so")
    .version(version)
    .addOption(
      flag("--hub <host:port>", "agent port of the hub; default: the one from joining", "DROVER_HUB").argParser(
        hostPort,
      ),
    )
    .addOption(flag("--token <token>", "join token, for the first start only", "DROVER_TOKEN"))
    .addOption(
      flag(
        "--kubeconfig <file>",
        "kubeconfig; default: in-cluster, else KUBECONFIG or ~/.kube/config",
        "DROVER_KUBECONFIG",
      ),
    )
    .addOption(flag("--context <name>", "context of the kubeconfig", "DROVER_CONTEXT"))
    .addOption(
      flag(
        "--data <dir>",
        'folder of identity, assignments and reports; "secret:NAME" keeps them in Secrets of the cluster, for pods without a volume',
        "DROVER_DATA",
      )
        .default("drover-agent-data")
        .argParser(folderOrSecret),
    )
    .addOption(
      flag("--log-level <level>", "log level", "DROVER_LOG_LEVEL")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .addOption(
      flag("--logs <on|off>", "let 'drover logs' read the pods of applications", "DROVER_LOGS")
        .choices(["on", "off"])
        .default("on"),
    )
    .addOption(
      flag("--gate-jobs <on|off>", "run the Jobs that gates of rollouts and promotions ask for", "DROVER_GATE_JOBS")
        .choices(["on", "off"])
        .default("on"),
    )
    .action((options: AgentConfig) => run(options));
}

function flag(flags: string, description: string, env: string): Option {
  return new Option(flags, description).env(env);
}

function folderOrSecret(text: string): string {
  if (
    text.startsWith(secretScheme) &&
    !/^[a-z0-9](?:[-a-z0-9]{0,98}[a-z0-9])?$/.test(text.slice(secretScheme.length))
  ) {
    throw new InvalidArgumentError(`Expected "secret:" and a name of lower-case letters, digits and dashes: "${text}"`);
  }
  return text;
}

function hostPort(text: string): string {
  if (!/^.+:\d{1,5}$/.test(text)) throw new InvalidArgumentError(`Expected HOST:PORT: "${text}"`);
  return text;
}
