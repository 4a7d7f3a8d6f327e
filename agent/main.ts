import { runCommandLine, runDaemon } from "../common/program/index.ts";
import { version } from "../common/version.ts";
import { createAgent } from "./agent.ts";
import { agentCommand } from "./config.ts";

await runCommandLine(
  agentCommand((config) =>
    runDaemon({ name: "agent", logLevel: config.logLevel, garbagePercent: 40 }, async (log, signal) => {
      const agent = await createAgent(config, log, { signal });
      log.info({ version, cluster: agent.cluster }, "agent is up");
      return () => agent.close();
    }),
  ),
);
