import { expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import type {
  ApplicationStatus,
  AssignmentHeader,
  DriftRecord,
  DriftState,
  EnvironmentStatus,
  ObjectRef,
  ObjectStatus,
} from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createFakeAgentStore } from "../../test/fakes/fake-agent-store.ts";
import type { AgentStore } from "../ports.ts";
import { createReportLog, type ReportLog } from "./index.ts";

const environmentStatus: EnvironmentStatus = {
  revision: "c1",
  generation: 1,
  appliedGeneration: 1,
  sync: "Synced",
  health: "Healthy",
  message: "",
};
const applicationStatus: ApplicationStatus = {
  revision: "c1",
  generation: 1,
  sync: "Synced",
  health: "Healthy",
  message: "",
  objects: 1,
  drifted: 0,
};
const refOf = (name: string): ObjectRef => ({ group: "apps", kind: "Deployment", namespace: "shop", name });
const objectStatus = (name: string): ObjectStatus => ({
  ref: refOf(name),
  sync: "Synced",
  health: "Healthy",
  message: "",
});
const driftOf = (name: string, state: DriftState = "corrected", count = 1): DriftRecord => ({
  object: refOf(name),
  state,
  fields: [{ path: "spec.replicas", desired: 3, live: 1, manager: "kubectl", at: "2026-11-23T12:00:00Z" }],
  count,
  firstSeen: "2026-11-23T12:00:00Z",
  lastSeen: "2026-11-23T12:00:00Z",
});
const driftKey = (name: string) => `drift/prod/shop/apps/Deployment/shop/${name}`;

async function storeWith(...environments: readonly string[]): Promise<AgentStore> {
  const store = createFakeAgentStore();
  for (const environment of environments) {
    const header: AssignmentHeader = {
      cluster: "c",
      environment,
      epoch: "e",
      generation: 1,
      digest: "d",
      revision: "c1",
      epochConfirmed: false,
    };
    await store.saveAssignment({ header, signedHeader: { header: new Uint8Array(), signature: new Uint8Array() } });
  }
  return store;
}

async function open(store: AgentStore, driftLimit?: number): Promise<ReportLog> {
  const dependencies = { store, clock: systemClock, log: silentLogger() };
  return createReportLog(driftLimit === undefined ? dependencies : { ...dependencies, driftLimit });
}

function everything(log: ReportLog): readonly (readonly [key: string, value: unknown])[] {
  return log.changesAfter(0, Infinity).entries.map(({ key, value }) => [key, value] as const);
}

function positionOf(log: ReportLog): number {
  return log.changesAfter(0, Infinity).version;
}

test("createReportLog() gives the newest value of every key", async () => {
  const log = await open(await storeWith("prod"));
  log.environment("prod", { ...environmentStatus, sync: "OutOfSync" });
  log.application("prod", "shop", applicationStatus);
  log.object("prod", "shop", refOf("web"), objectStatus("web"));
  log.drift("prod", "shop", refOf("web"), driftOf("web"));
  log.environment("prod", environmentStatus);
  await log.driftSettled();
  expect(everything(log)).toEqual([
    ["application/prod/shop", applicationStatus],
    ["object/prod/shop/apps/Deployment/shop/web", objectStatus("web")],
    ["environment/prod", environmentStatus],
    [driftKey("web"), driftOf("web")],
  ]);
});

test("changesAfter() is empty when only equal values were reported", async () => {
  const log = await open(await storeWith("prod"));
  log.application("prod", "shop", applicationStatus);
  const before = positionOf(log);
  log.application("prod", "shop", { ...applicationStatus });
  expect(log.changesAfter(before, Infinity)).toEqual({ version: before, entries: [], last: true });
});

test("onChange() calls once per burst, and not after unsubscribing", async () => {
  const log = await open(await storeWith("prod"));
  let calls = 0;
  const unsubscribe = log.onChange(() => calls++);
  log.application("prod", "a", applicationStatus);
  log.application("prod", "b", applicationStatus);
  await new Promise(setImmediate);
  unsubscribe();
  log.application("prod", "c", applicationStatus);
  await new Promise(setImmediate);
  expect(calls).toBe(1);
});

test("onAck() passes acknowledgements through", async () => {
  const log = await open(await storeWith());
  const acks: unknown[] = [];
  log.onAck((ack) => acks.push(ack));
  const ack = { environment: "prod", generation: 1, digest: "d", phase: "applied", reason: "" } as const;
  log.ack(ack);
  expect(acks).toEqual([ack]);
});

test("application() and environment() with undefined remove everything below", async () => {
  const log = await open(await storeWith("prod", "dev"));
  log.environment("dev", environmentStatus);
  log.environment("prod", environmentStatus);
  log.application("prod", "shop", applicationStatus);
  log.object("prod", "shop", refOf("web"), objectStatus("web"));
  log.drift("prod", "shop", refOf("web"), driftOf("web"));
  await log.driftSettled();
  const position = positionOf(log);
  log.application("prod", "shop", undefined);
  await log.driftSettled();
  expect(log.changesAfter(position, Infinity).entries.map(({ key, value }) => [key, value])).toEqual([
    ["application/prod/shop", undefined],
    ["object/prod/shop/apps/Deployment/shop/web", undefined],
    [driftKey("web"), undefined],
  ]);
  log.environment("prod", undefined);
  expect(everything(log).filter(([, value]) => value !== undefined)).toEqual([["environment/dev", environmentStatus]]);
});

test("drift() is on disk before it is offered", async () => {
  const store = await storeWith("prod");
  const { promise: disk, resolve: write } = gate();
  const slow: AgentStore = {
    ...store,
    saveDocument: async (name, value) => {
      await disk;
      await store.saveDocument(name, value);
    },
  };
  const log = await open(slow);
  log.drift("prod", "shop", refOf("web"), driftOf("web"));
  await new Promise(setImmediate);
  expect(everything(log)).toEqual([]);
  write();
  await log.driftSettled();
  expect(everything(log)).toEqual([[driftKey("web"), driftOf("web")]]);
});

test("drift() is offered even when it cannot be stored", async () => {
  const store = await storeWith("prod");
  const full: AgentStore = { ...store, saveDocument: () => Promise.reject(new Error("no space left")) };
  const log = await open(full);
  log.drift("prod", "shop", refOf("web"), driftOf("web"));
  await log.driftSettled();
  expect(everything(log)).toEqual([[driftKey("web"), driftOf("web")]]);
});

test("after SIGKILL the log has another id and still has all drift", async () => {
  const store = await storeWith("prod");
  const killed = await open(store);
  killed.application("prod", "shop", applicationStatus);
  killed.drift("prod", "shop", refOf("web"), driftOf("web"));
  await killed.driftSettled();

  const next = await open(store);
  expect(next.logId).not.toBe(killed.logId);
  expect(everything(next)).toEqual([[driftKey("web"), driftOf("web")]]);
});

test("after close() the log goes on: same id, same versions, nothing to send for equal values", async () => {
  const store = await storeWith("prod");
  const first = await open(store);
  first.application("prod", "shop", applicationStatus);
  first.drift("prod", "shop", refOf("web"), driftOf("web"));
  await first.close();
  const position = positionOf(first);

  const second = await open(store);
  second.application("prod", "shop", applicationStatus);
  second.drift("prod", "shop", refOf("web"), driftOf("web"));
  await second.driftSettled();
  expect([second.logId, second.changesAfter(position, Infinity).entries]).toEqual([first.logId, []]);
  second.application("prod", "shop", undefined);
  expect(second.changesAfter(position, Infinity).entries[0]).toEqual({
    version: position + 1,
    key: "application/prod/shop",
    value: undefined,
  });
});

test("after close() and a crash of the next process the log has another id", async () => {
  const store = await storeWith("prod");
  const first = await open(store);
  await first.close();
  const crashed = await open(store);
  const third = await open(store);
  expect([crashed.logId === first.logId, third.logId === first.logId]).toEqual([true, false]);
});

test("createReportLog() forgets environments that the agent does not hold any more", async () => {
  const store = await storeWith("prod");
  const first = await open(store);
  first.environment("prod", environmentStatus);
  first.drift("prod", "shop", refOf("web"), driftOf("web"));
  await first.close();
  await store.removeAssignment("prod");

  const second = await open(store);
  await second.driftSettled();
  expect(everything(second).filter(([, value]) => value !== undefined)).toEqual([]);
});

test("drift history keeps its limit: what is over leaves before what is not", async () => {
  const log = await open(await storeWith("prod"), 3);
  log.drift("prod", "shop", refOf("open"), driftOf("open", "detected"));
  await log.driftSettled();
  for (const name of ["a", "b", "c"]) {
    log.drift("prod", "shop", refOf(name), driftOf(name, "resolved"));
    await log.driftSettled();
  }
  expect(
    everything(log)
      .filter(([, value]) => value !== undefined)
      .map(([key]) => key),
  ).toEqual([driftKey("open"), driftKey("b"), driftKey("c")]);
});

test("changesAfter() with a version of another history says everything again, above it, under another id", async () => {
  const log = await open(await storeWith("prod"));
  const { logId } = log;
  log.application("prod", "shop", applicationStatus);
  expect(log.changesAfter(500, Infinity)).toEqual({
    version: 501,
    entries: [{ version: 501, key: "application/prod/shop", value: applicationStatus }],
    last: true,
  });
  expect(log.logId).not.toBe(logId);
});

function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
