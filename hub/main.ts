import { runCommandLine, runDaemon } from "../common/program/index.ts";
import { version } from "../common/version.ts";
import { hubCommand } from "./config.ts";
import { createHub } from "./hub.ts";

await runCommandLine(
  hubCommand((config) =>
    runDaemon({ name: "hub", logLevel: config.logLevel, garbagePercent: 100 }, async (log) => {
      const hub = await createHub(config, log);
      const repo = config.repo.replace(/\/\/[^/@]*@/, "//");
      log.info({ version, agents: hub.agents, http: hub.http, repo, store: hub.store }, "hub is up");
      log.info(`the admin token is in ${hub.tokenFile}`);
      return () => hub.close();
    }),
  ),
);
