import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { vi } from "vitest";
import { createIdentityKeeper, createKeyRequest, type IdentityKeeper } from "../../agent/identity/index.ts";
import type { AgentIdentity, AgentStore } from "../../agent/ports.ts";
import { createHubConnection, type HeldAssignment, type HubConnection } from "../../agent/stream/index.ts";
import { systemClock } from "../../common/async/index.ts";
import { type HeldGeneration, type Manifest, type Question, questionKinds } from "../../common/domain/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type Authority, openAuthority } from "../../hub/identity/index.ts";
import type { AgentServer } from "../../hub/ports.ts";
import { createAgentServer, type StreamLimits } from "../../hub/stream/index.ts";
import { createFakeAgentDesk, type FakeAgentDesk } from "../fakes/fake-agent-desk.ts";
import { createFakeAgentStore } from "../fakes/fake-agent-store.ts";
import { createFakeReportSource, type FakeReportSource } from "../fakes/fake-report-source.ts";

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Waits for a condition, as long as a busy machine may need. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}

/** A logger whose lines can be read back. */
export function recordingLog(): { readonly log: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const formatters = { level: (label: string) => ({ level: label }) };
  const log = pino({ level: "debug", formatters }, { write: (line) => void lines.push(JSON.parse(line) as LogLine) });
  return { log, lines };
}

/** All that a line says about why. */
export function reasons(lines: readonly LogLine[]): string {
  return lines.map(({ msg, reason, remote }) => [msg, reason, remote].filter(Boolean).join(": ")).join("\n");
}

export async function temporaryAuthority(): Promise<{
  readonly authority: Authority;
  readonly remove: () => Promise<void>;
}> {
  const dir = await mkdtemp(join(tmpdir(), "drover-keys-"));
  const authority = await openAuthority({ dir, clock: systemClock, log: recordingLog().log, names: [] });
  return { authority, remove: () => rm(dir, { recursive: true, force: true }) };
}

export interface TestHub {
  readonly authority: Authority;
  readonly desk: FakeAgentDesk;
  readonly server: AgentServer;
  readonly lines: LogLine[];
  close(): Promise<void>;
}

export async function startHub(
  authority: Authority,
  options: { readonly limits?: Partial<StreamLimits>; readonly port?: number; readonly desk?: FakeAgentDesk } = {},
): Promise<TestHub> {
  const { log, lines } = recordingLog();
  const desk =
    options.desk ??
    createFakeAgentDesk({
      sign: (header) => authority.signAssignment(header),
      issue: ({ cluster, clusterUid }, csr) => authority.issueAgentCertificate(csr, { cluster, clusterUid }),
    });
  const server = await createAgentServer({
    host: "127.0.0.1",
    port: options.port ?? 0,
    tls: authority,
    desk,
    hubVersion: "0.0.0-test",
    clock: systemClock,
    log,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  return { authority, desk, server, lines, close: () => server.close() };
}

export interface TestAgent {
  readonly connection: HubConnection;
  readonly keeper: IdentityKeeper;
  readonly store: AgentStore;
  readonly reports: FakeReportSource;
  readonly assignments: HeldAssignment[];
  readonly released: string[];
  readonly reconciled: string[];
  readonly lines: LogLine[];
  stop(): Promise<void>;
}

export async function identityFor(
  authority: Authority,
  cluster: string,
  options: { readonly lifetimeMs?: number } = {},
): Promise<AgentIdentity> {
  const { privateKey, csr } = createKeyRequest(cluster);
  const clusterUid = `uid-${cluster}`;
  const issued = await authority.issueAgentCertificate(csr, { cluster, clusterUid, ...options });
  return { cluster, clusterUid, privateKey, ...issued, assignmentKey: authority.assignmentKey, hub: "" };
}

export async function startAgent(
  address: string,
  identity: AgentIdentity,
  options: {
    readonly store?: AgentStore;
    readonly reports?: FakeReportSource;
    readonly held?: () => readonly HeldGeneration[];
    /** Instead of the one that follows from the certificate. */
    readonly renewAt?: () => number;
    readonly capabilities?: readonly string[];
    readonly answer?: (question: Question, options: { readonly signal: AbortSignal }) => AsyncIterable<unknown>;
  } = {},
): Promise<TestAgent> {
  const { log, lines } = recordingLog();
  const store = options.store ?? createFakeAgentStore();
  const reports = options.reports ?? createFakeReportSource();
  await store.saveIdentity(identity);
  const real = createIdentityKeeper({ identity, store, random: () => 0.5 });
  const keeper = { ...real, renewAt: () => options.renewAt?.() ?? real.renewAt() };
  const assignments: HeldAssignment[] = [];
  const released: string[] = [];
  const reconciled: string[] = [];
  const connection = createHubConnection({
    address,
    agentVersion: "0.0.0-test",
    capabilities: options.capabilities ?? questionKinds,
    identity: keeper,
    store,
    source: { held: options.held ?? (() => []), kubernetesVersion: () => "v1.36.3" },
    reports,
    handlers: {
      onAssignment: (held) => void assignments.push(held),
      onReleased: (environment) => void released.push(environment),
      onReconcileNow: (environment) => void reconciled.push(environment),
      answer: options.answer ?? noAnswer,
    },
    clock: systemClock,
    random: () => 0,
    log,
  });
  const stopping = new AbortController();
  const running = connection.run({ signal: stopping.signal });
  return {
    ...{ connection, keeper, store, reports, assignments, released, reconciled, lines },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function* noAnswer(): AsyncGenerator<never> {
  // Nothing is asked.
}

export function configMap(name: string, value: string): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { value } };
}

/** Text that compression cannot make small. */
export function noise(bytes: number, seed = 1): string {
  let state = seed;
  const words = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    words[index] = state >> 16;
  }
  return Buffer.from(words).toString("base64").slice(0, bytes);
}
