import { setMaxListeners } from "node:events";
import { request } from "undici";
import { concurrently } from "../../agent/apply/index.ts";
import { createIdentityKeeper, enrol } from "../../agent/identity/index.ts";
import { createReportLog } from "../../agent/report/index.ts";
import { createHubConnection, type HeldAssignment } from "../../agent/stream/index.ts";
import { systemClock } from "../../common/async/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { version } from "../../common/version.ts";
import type { Fleet } from "../e2e/fleet.ts";
import { createFakeAgentStore } from "../fakes/fake-agent-store.ts";
import { until } from "../programs/index.ts";

const joiningAtOnce = 16;

export interface SimulatedAgents {
  stop(): Promise<void>;
}

/**
 * Agents without clusters, in this process: with the identity, the stream and the report log of real ones, and well with whatever
 * they are told as soon as they have it. Resolves when all are connected.
 */
export async function startSimulatedAgents(
  fleet: Fleet,
  names: readonly string[],
  labelsOf: (index: number) => Readonly<Record<string, string>>,
): Promise<SimulatedAgents> {
  const stopping = new AbortController();
  const { signal } = stopping;
  setMaxListeners(0, signal);
  const log = silentLogger();
  const running: Promise<void>[] = [];
  const connections: { connected(): boolean }[] = [];

  async function join(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const { body } = await request(`${fleet.http}/api/v1/clusters`, {
      method: "POST",
      headers: { authorization: `Bearer ${fleet.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name, labels, replace: false }),
    });
    const { token } = (await body.json()) as { token: string };
    const store = createFakeAgentStore();
    const common = { store, clock: systemClock, random: Math.random, log };
    const identity = await enrol({ ...common, token, clusterUid: `uid-${name}`, agentVersion: version, signal });
    const reports = await createReportLog(common);

    function beWell({ assignment }: HeldAssignment): void {
      const { environment, revision, generation, digest } = assignment.header;
      const status = { revision, generation, appliedGeneration: generation, message: "" };
      reports.environment(environment, { ...status, sync: "Synced", health: "Healthy" });
      for (const phase of ["applied", "healthy"] as const) {
        connection.ack({ environment, generation, digest, phase, reason: "" });
      }
    }

    const connection = createHubConnection({
      ...common,
      address: `127.0.0.1:${fleet.agentsPort}`,
      agentVersion: version,
      capabilities: [],
      identity: createIdentityKeeper({ identity, ...common }),
      source: { held: () => [], kubernetesVersion: () => "v1.36.3" },
      reports,
      handlers: {
        onAssignment: beWell,
        onReleased: () => undefined,
        onReconcileNow: () => undefined,
        answer: noAnswer,
      },
    });
    connections.push(connection);
    running.push(connection.run({ signal }));
  }

  const joining = names.map((name, index) => ({ name, labels: labelsOf(index) }));
  await concurrently(joining, joiningAtOnce, signal, ({ name, labels }) => join(name, labels));
  await until("all agents to be connected", () => connections.every((each) => each.connected()) || undefined, {
    timeoutMs: 600_000,
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

async function* noAnswer(): AsyncGenerator<never> {
  // Nothing is asked.
}
