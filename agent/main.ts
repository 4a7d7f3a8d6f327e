import { setMaxListeners } from "node:events";
import { positioned, toAppError } from "../common/errors.ts";
import { createLogger } from "../common/telemetry/index.ts";
import { version } from "../common/version.ts";
import { createAgent } from "./agent.ts";
import { agentCommand } from "./config.ts";

const stopWithinMs = 10_000;

await agentCommand(async (config) => {
  const pretty = process.stderr.isTTY;
  const log = createLogger({
    name: "agent",
    level: config.logLevel,
    pretty,
    colour: pretty && process.env["NO_COLOR"] === undefined,
  });
  const stopping = new AbortController();
  // Every loop and request listens to it.
  setMaxListeners(0, stopping.signal);
  const stop = (reason: string) => {
    log.info(`stopping: ${reason}`);
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    stopping.abort();
  };
  process.once("SIGTERM", () => stop("SIGTERM"));
  process.once("SIGINT", () => stop("SIGINT"));
  try {
    const agent = await createAgent(config, log, { signal: stopping.signal });
    log.info({ version, cluster: agent.cluster }, "agent is up");
    await agent.close();
    process.exit(0);
  } catch (thrown) {
    if (stopping.signal.aborted) process.exit(0);
    const error = toAppError(thrown);
    log.fatal(`cannot go on: ${positioned(error.message, error.position)}`);
    process.exit(1);
  }
}).parseAsync();
