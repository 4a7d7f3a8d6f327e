import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { createIdentityKeeper, type EnrolOptions, enrol } from "../../agent/identity/index.ts";
import type { Clock } from "../../common/async/index.ts";
import { systemClock } from "../../common/async/index.ts";
import { AppError, errorCodes } from "../../common/errors.ts";
import { decodeJoinToken, encodeJoinToken } from "../../common/wire/index.ts";
import { createEnrolment, createJoinTokens, type JoinTokenRecord, openAuthority } from "../../hub/identity/index.ts";
import type { ClusterRecord } from "../../hub/ports.ts";
import type { EnrolRequest } from "../../hub/surfaces.ts";
import { createFakeAgentStore } from "../fakes/fake-agent-store.ts";
import { createMemoryCollection } from "../fakes/memory-collection.ts";
import { eventually, reasons, recordingLog, startAgent, startHub } from "./stream-fixture.ts";

const toClose: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function temporaryDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "drover-keys-"));
  toClose.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function movableClock(): Clock & { ahead: number } {
  const clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    sleep: (...args: Parameters<Clock["sleep"]>) => systemClock.sleep(...args),
  };
  return clock;
}

const hour = 3_600_000;
const record = (name: string): ClusterRecord => ({
  name,
  labels: {},
  uid: undefined,
  createdAt: "2026-01-01T00:00:00.000Z",
  enrolledAt: undefined,
  revokedAt: undefined,
  confirmedEpoch: undefined,
  agentVersion: "",
  kubernetesVersion: "",
  lastSeen: undefined,
});

/** The hub's HTTPS API, as far as joining goes. */
async function joinableHub() {
  const { log } = recordingLog();
  const clock = movableClock();
  const authority = await openAuthority({ dir: await temporaryDirectory(), clock, log, names: ["hub.example"] });
  const tokens = createJoinTokens({ collection: createMemoryCollection<JoinTokenRecord>(), clock });
  const clusters = createMemoryCollection<ClusterRecord>();
  const enrolment = createEnrolment({ authority, tokens, clusters, log, hub: "127.0.0.1:1" });
  let answers = 0;
  let loseAnswers = 0;
  const { key, cert } = authority.serverTls();
  const server: Server = createServer({ key, cert, minVersion: "TLSv1.3" }, (incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const done = (status: number, body: unknown) => {
        answers += 1;
        if (loseAnswers-- > 0) return outgoing.destroy();
        return outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      };
      enrolment.enrol(JSON.parse(Buffer.concat(parts).toString()) as EnrolRequest).then(
        (answer) => done(200, answer),
        (thrown: AppError) =>
          done(errorCodes[thrown.code].grpc === 16 ? 401 : 400, { code: thrown.code, message: thrown.message }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  toClose.push(() => new Promise((resolve) => server.close(resolve)));
  const enrolUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authority,
    clock,
    clusters,
    enrolUrl,
    answers: () => answers,
    loseNext: (count: number) => (loseAnswers = count),
    async token(name: string, options: { ttlMs?: number; replace?: boolean } = {}): Promise<string> {
      await clusters.update(name, (current) => current ?? record(name));
      const { caFingerprint } = authority;
      const { token } = await tokens.issue(name, { ttlMs: hour, replace: false, enrolUrl, caFingerprint, ...options });
      return token;
    },
  };
}

function agentOptions(token: string | undefined, more: Partial<EnrolOptions> = {}): EnrolOptions {
  return {
    ...{ token, clusterUid: "uid-1", agentVersion: "1.0.0", store: createFakeAgentStore(), clock: systemClock },
    ...{ random: () => 0, log: recordingLog().log },
    ...more,
  };
}

const refusal = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "accepted",
    (thrown: AppError) => `${thrown.code} ${thrown.message}`,
  );

test("enrol() gives the agent a certificate for its cluster, which the stream accepts", async () => {
  const hub = await joinableHub();
  const options = agentOptions(await hub.token("edge-1"));
  const identity = await enrol(options);
  expect(await options.store.identity()).toEqual(identity);
  expect(identity).toMatchObject({
    cluster: "edge-1",
    clusterUid: "uid-1",
    ca: hub.authority.caPem,
    hub: "127.0.0.1:1",
  });
  expect(await hub.clusters.get("edge-1")).toMatchObject({ uid: "uid-1", agentVersion: "1.0.0" });

  const streams = await startHub(hub.authority);
  toClose.push(() => streams.close());
  const agent = await startAgent(streams.server.address, identity);
  toClose.push(() => agent.stop());
  await eventually(() => expect(streams.desk.admitted).toHaveLength(1));
  const peer = streams.desk.admitted[0]?.peer;
  expect(peer).toMatchObject({ cluster: "edge-1", clusterUid: "uid-1" });
  expect(Date.now() - Date.parse(peer?.issuedAt ?? "")).toBeLessThan(30_000);
  expect(Date.parse(peer?.expiresAt ?? "") - Date.parse(peer?.issuedAt ?? "")).toBeGreaterThan(23 * hour);
});

test("enrol() uses no token twice, and a saved identity needs none", async () => {
  const hub = await joinableHub();
  const token = await hub.token("edge-1");
  const options = agentOptions(token);
  const identity = await enrol(options);
  const before = hub.answers();
  expect(await enrol(options)).toEqual(identity);
  expect(await enrol({ ...options, token: undefined })).toEqual(identity);
  expect(hub.answers()).toBe(before);

  expect(await refusal(enrol(agentOptions(token)))).toMatch(/^UNAUTHENTICATED .*it was used at 20/);
  expect(await refusal(enrol({ ...options, clusterUid: "uid-2" }))).toMatch(/^FAILED_PRECONDITION .*uid-1/);
  expect(await refusal(enrol(agentOptions(undefined)))).toMatch(/^FAILED_PRECONDITION .*no join token/);
});

test("enrol() with a new token replaces the identity, and keeps it when the token does not work", async () => {
  const hub = await joinableHub();
  const { log, lines } = recordingLog();
  const options = agentOptions(await hub.token("edge-1"), { log });
  const first = await enrol(options);
  const second = await enrol({ ...options, token: await hub.token("edge-1") });
  expect(second.certificate).not.toBe(first.certificate);
  const late = await hub.token("edge-1", { ttlMs: 1 });
  hub.clock.ahead = 10;
  expect(await enrol({ ...options, token: late })).toEqual(second);
  expect(reasons(lines)).toContain("it expired at");
});

test("enrol() is answered again when the answer was lost", async () => {
  const hub = await joinableHub();
  hub.loseNext(1);
  expect(await enrol(agentOptions(await hub.token("edge-1")))).toMatchObject({ cluster: "edge-1" });
  expect(hub.answers()).toBe(2);
});

test("enrol() is refused with the reason for expired, foreign, unreadable and altered tokens", async () => {
  const hub = await joinableHub();
  const other = await joinableHub();
  const expired = await hub.token("edge-1", { ttlMs: 1000 });
  hub.clock.ahead = 2000;
  expect(await refusal(enrol(agentOptions(expired)))).toMatch(/^UNAUTHENTICATED .*it expired at 20/);
  const token = await hub.token("edge-1");
  expect(await refusal(enrol(agentOptions("drover1.bm9wZQ")))).toMatch(/^INVALID_ARGUMENT .*join token/);
  expect(await refusal(enrol(agentOptions(token.slice(0, -20))))).toMatch(/^INVALID_ARGUMENT .*join token/);
  const forged = encodeJoinToken({ ...decodeJoinToken(token), secret: "guess" });
  expect(await refusal(enrol(agentOptions(forged)))).toMatch(/^UNAUTHENTICATED .*did not issue it/);
  const foreign = encodeJoinToken({ ...decodeJoinToken(await other.token("edge-1")), enrolUrl: hub.enrolUrl });
  expect(await refusal(enrol(agentOptions(foreign)))).toMatch(
    /^UNAUTHENTICATED .*another hub, or somebody is in between/,
  );
  // None of this used up the good one.
  expect(await refusal(enrol(agentOptions(token)))).toBe("accepted");
});

test("enrol() does not give a name to another cluster, unless the token says so", async () => {
  const hub = await joinableHub();
  await enrol(agentOptions(await hub.token("edge-1")));
  const token = await hub.token("edge-1");
  const stranger = agentOptions(token, { clusterUid: "uid-2" });
  expect(await refusal(enrol(stranger))).toMatch(/^PERMISSION_DENIED .*join again with --replace/);
  // The refusal left the token for the cluster that it was meant for.
  expect(await refusal(enrol(agentOptions(token)))).toBe("accepted");
  const replacing = await hub.token("edge-1", { replace: true });
  expect(await enrol({ ...stranger, token: replacing })).toMatchObject({ clusterUid: "uid-2" });
  expect(await hub.clusters.get("edge-1")).toMatchObject({ uid: "uid-2" });

  const removed = await hub.token("edge-2");
  await hub.clusters.delete("edge-2");
  expect(await refusal(enrol(agentOptions(removed)))).toMatch(/^NOT_FOUND .*it was removed/);
});

test("a token that two agents use at once lets one in", async () => {
  const hub = await joinableHub();
  const token = await hub.token("edge-1");
  const results = await Promise.all([1, 2, 3, 4].map(() => refusal(enrol(agentOptions(token)))));
  expect(results.filter((result) => result === "accepted")).toHaveLength(1);
});

test("enrol() waits for a hub that is not there yet", async () => {
  const stopping = new AbortController();
  const { log, lines } = recordingLog();
  const token = encodeJoinToken({
    ...{ id: "1", secret: "2", cluster: "edge-1", enrolUrl: "https://127.0.0.1:1", caFingerprint: "0".repeat(64) },
  });
  const waiting = refusal(enrol(agentOptions(token, { log, signal: stopping.signal })));
  await eventually(() => expect(reasons(lines)).toContain("Cannot reach the hub at https://127.0.0.1:1"));
  stopping.abort();
  await waiting;
});

test("openAuthority() keeps its keys private and finds them again", async () => {
  const dir = await temporaryDirectory();
  const { log } = recordingLog();
  const open = (names: string[], clock: Clock = systemClock) => openAuthority({ dir, clock, log, names });
  const first = await open(["hub.example"]);
  for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o077).toBe(0);
  const again = await open(["hub.example"]);
  expect([again.caPem, again.assignmentKey, again.serverTls()]).toEqual([
    first.caPem,
    first.assignmentKey,
    first.serverTls(),
  ]);
  const renamed = await open(["hub.example", "10.1.2.3"]);
  expect(renamed.serverTls().cert).not.toBe(first.serverTls().cert);
  const later = movableClock();
  later.ahead = 80 * 24 * hour;
  expect((await open(["hub.example"], later)).serverTls().cert).not.toBe(renamed.serverTls().cert);
  await rm(join(dir, "ca.key"));
  expect(await refusal(open(["hub.example"]))).toContain("restore it from the backup");
});

test("Authority.run() renews the server certificate, and the agent port presents it at once", async () => {
  const dir = await temporaryDirectory();
  const { log } = recordingLog();
  let wake: () => void = () => undefined;
  const clock = movableClock();
  clock.sleep = (_ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      wake = resolve;
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const authority = await openAuthority({ dir, clock, log, names: [] });
  const stopping = new AbortController();
  const running = authority.run({ signal: stopping.signal });
  const hub = await startHub(authority);
  toClose.push(() => hub.close());
  const [host, port] = hub.server.address.split(":") as [string, string];
  const presented = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls(
        { host, port: Number(port), rejectUnauthorized: false, servername: "localhost" },
        () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        },
      );
      socket.on("error", reject);
    });
  const before = await presented();
  clock.ahead = 70 * 24 * hour;
  wake();
  await eventually(async () => expect(await presented()).not.toBe(before));
  stopping.abort();
  await running;
});

test("an identity keeper refuses certificates that are not for its request", async () => {
  const hub = await joinableHub();
  const store = createFakeAgentStore();
  const identity = await enrol(agentOptions(await hub.token("edge-1"), { store }));
  const keeper = createIdentityKeeper({ identity, store, random: () => 0 });
  const issue = (csr: string, cluster: string) =>
    hub.authority.issueAgentCertificate(csr, { cluster, clusterUid: "uid-1" });
  expect(await refusal(keeper.accept(identity.certificate, identity.ca))).toContain("none was asked for");
  const stale = await issue(keeper.request(), "edge-1");
  const wrongName = await issue(keeper.request(), "edge-2");
  expect(await refusal(keeper.accept(stale.certificate, stale.ca))).toContain("for another key");
  expect(await refusal(keeper.accept(wrongName.certificate, wrongName.ca))).toContain('does not name cluster "edge-1"');
  expect(keeper.current()).toEqual(identity);
  expect(keeper.renewAt() - Date.now()).toBeGreaterThan(13 * hour);
  expect(keeper.renewAt() - Date.now()).toBeLessThan(17 * hour);
});

test("issueAgentCertificate() refuses requests that are damaged or not signed by their key", async () => {
  const hub = await joinableHub();
  const issue = (csr: string) => refusal(hub.authority.issueAgentCertificate(csr, { cluster: "a", clusterUid: "b" }));
  const { createKeyRequest } = await import("../../agent/identity/index.ts");
  const { csr } = createKeyRequest("a");
  const der = Buffer.from(csr.replaceAll(/-----.*-----|\n/g, ""), "base64");
  // In the name, which the signature covers.
  der.writeUInt8(der.readUInt8(20) ^ 1, 20);
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  expect(await issue(csr)).toBe("accepted");
  expect(await issue(pem)).toMatch(/^INVALID_ARGUMENT/);
  expect(await issue("nonsense")).toMatch(/^INVALID_ARGUMENT/);
  expect(await issue("x".repeat(10_000))).toMatch(/^INVALID_ARGUMENT .*too long/);
});
