import { positioned, toAppError } from "../common/errors.ts";
import { createLogger } from "../common/telemetry/index.ts";
import { version } from "../common/version.ts";
import { hubCommand } from "./config.ts";
import { createHub } from "./hub.ts";

const stopWithinMs = 10_000;

await hubCommand(async (config) => {
  const pretty = process.stderr.isTTY;
  const log = createLogger({
    name: "hub",
    level: config.logLevel,
    pretty,
    colour: pretty && process.env["NO_COLOR"] === undefined,
  });
  try {
    const hub = await createHub(config, log);
    log.info(
      { version, agents: hub.agents, http: hub.http, repo: config.repo.replace(/\/\/[^/@]*@/, "//"), store: hub.store },
      "hub is up",
    );
    log.info(`the admin token is in ${hub.tokenFile}`);
    const stop = (reason: string) => {
      log.info(`stopping: ${reason}`);
      setTimeout(() => process.exit(1), stopWithinMs).unref();
      hub.close().then(
        () => process.exit(0),
        (thrown: unknown) => {
          log.error({ err: thrown }, "could not stop cleanly");
          process.exit(1);
        },
      );
    };
    process.once("SIGTERM", () => stop("SIGTERM"));
    process.once("SIGINT", () => stop("SIGINT"));
  } catch (thrown) {
    const error = toAppError(thrown);
    log.fatal(`cannot start: ${positioned(error.message, error.position)}`);
    process.exit(1);
  }
}).parseAsync();
