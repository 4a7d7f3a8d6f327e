import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Question } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Authority } from "../../hub/identity/index.ts";
import {
  configMap,
  eventually,
  identityFor,
  noise,
  startAgent,
  startHub,
  type TestAgent,
  type TestHub,
  temporaryAuthority,
} from "./stream-fixture.ts";

let authority: Authority;
let remove: () => Promise<void>;
const toClose: (() => Promise<void>)[] = [];

beforeAll(async () => {
  ({ authority, remove } = await temporaryAuthority());
});
afterAll(() => remove());
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

type Answer = NonNullable<NonNullable<Parameters<typeof startAgent>[2]>["answer"]>;

const logs: Question = {
  kind: "logs",
  environment: "prod",
  application: "shop",
  target: "",
  container: "",
  follow: true,
  previous: false,
  tail: 0,
  sinceSeconds: 0,
};

async function pair(answer: Answer): Promise<{ readonly hub: TestHub; readonly agent: TestAgent }> {
  const hub = await startHub(authority);
  toClose.push(() => hub.close());
  const agent = await startAgent(hub.server.address, await identityFor(authority, "one"), { answer });
  toClose.push(() => agent.stop());
  await eventually(() => expect(hub.server.connected("one")).toBe(true));
  return { hub, agent };
}

async function all(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const value of values) found.push(value);
  return found;
}

test("a question is answered with values of any size, in order", async () => {
  const large = noise(300_000);
  const { hub } = await pair(async function* (question) {
    yield question;
    yield { large };
    yield [1, "zwei", null];
  });
  expect(await all(hub.server.ask("one", logs, {}))).toEqual([logs, { large }, [1, "zwei", null]]);
});

test("what goes wrong at the agent is the asker's error, with its code", async () => {
  const { hub } = await pair(async function* () {
    yield 1;
    throw new AppError("PERMISSION_DENIED", "Logs are switched off");
  });
  const found: unknown[] = [];
  const asking = (async () => {
    for await (const value of hub.server.ask("one", logs, {})) found.push(value);
  })();
  await expect(asking).rejects.toMatchObject({ code: "PERMISSION_DENIED", message: "Logs are switched off" });
  expect(found).toEqual([1]);
});

test("a reader that stands still stops the agent, and neither reports nor other answers wait for it", async () => {
  let made = 0;
  const { hub, agent } = await pair(async function* (question) {
    if (question.kind !== "logs") yield "other";
    else for (; ; made++) yield { line: noise(30_000, made + 1) };
  });
  const reader = hub.server.ask("one", logs, {})[Symbol.asyncIterator]();
  await reader.next();
  await eventually(() => expect(made).toBeGreaterThan(2));

  agent.reports.set("environment/prod", { generation: 1 });
  await eventually(() => expect(hub.desk.reports.flatMap(({ changes }) => changes)).toHaveLength(1));
  expect(await all(hub.server.ask("one", { kind: "events", environment: "prod", application: "" }, {}))).toEqual([
    "other",
  ]);

  // A window of pieces and one in the agent's hands: bounded, however long nobody reads.
  const stalled = made;
  expect(stalled).toBeLessThan(12);
  for (let read = 0; read < 40; read++) await reader.next();
  expect(made).toBeGreaterThan(stalled);
  await reader.return?.();
});

test("an asker that leaves or gives up cancels at the agent", async () => {
  const ended: string[] = [];
  const { hub } = await pair(async function* (question, { signal }) {
    try {
      yield "first";
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      signal.throwIfAborted();
    } finally {
      ended.push(question.kind);
    }
  });
  for await (const value of hub.server.ask("one", logs, {})) {
    expect(value).toBe("first");
    break;
  }
  await eventually(() => expect(ended).toEqual(["logs"]));

  const giveUp = new AbortController();
  const asking = all(hub.server.ask("one", { kind: "events", environment: "prod", application: "" }, giveUp));
  setImmediate(() => giveUp.abort(new Error("enough")));
  await expect(asking).rejects.toThrow("enough");
  await eventually(() => expect(ended).toEqual(["logs", "events"]));
});

test("the end of the agent ends its answers, and the end of the hub frees the agent", async () => {
  let aborted = false;
  const { hub, agent } = await pair(async function* (_question, { signal }) {
    yield "first";
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    aborted = true;
  });
  const reader = hub.server.ask("one", logs, {})[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: "first" });
  const next = reader.next();
  await agent.stop();
  await expect(next).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("Lost cluster") });
  expect(aborted).toBe(true);
  await expect(all(hub.server.ask("one", logs, {}))).rejects.toThrow('Cluster "one" is not connected');
});

test("an agent that does not know the question is too old, and is not asked", async () => {
  const hub = await startHub(authority);
  toClose.push(() => hub.close());
  const agent = await startAgent(hub.server.address, await identityFor(authority, "one"), { capabilities: ["show"] });
  toClose.push(() => agent.stop());
  await eventually(() => expect(hub.server.connected("one")).toBe(true));
  await expect(all(hub.server.ask("one", logs, {}))).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: 'Agent 0.0.0-test of cluster "one" is too old for this: it cannot answer "logs"; update it first',
  });
});

test("a dry-run begins when the content it is about is complete, which no assignment is changed by", async () => {
  const seen: unknown[] = [];
  const hub = await startHub(authority);
  toClose.push(() => hub.close());
  const { desk } = hub;
  const same = Array.from({ length: 20 }, (_, index) => configMap(`same-${index}`, "x"));
  const assigned = desk.publish([{ name: "shop", objects: [...same, configMap("changing", "1")] }]);
  desk.offer({ cluster: "one", digest: assigned });
  const agent = await startAgent(hub.server.address, await identityFor(authority, "one"), {
    async *answer(question) {
      seen.push(question);
      const root = question.kind === "dry-run" ? (question.root ?? "") : "";
      yield (desk.contents.get(root) ?? []).every((digest) => agent.store.hasContent(digest));
    },
  });
  toClose.push(() => agent.stop());
  await eventually(() => expect(desk.acks).toHaveLength(1));

  const candidate = desk.publish([{ name: "shop", objects: [...same, configMap("changing", noise(700_000))] }]);
  desk.lookups.length = 0;
  const question = { kind: "dry-run", environment: "prod", root: candidate, applications: [] } as const;
  expect(await all(hub.server.ask("one", question, {}))).toEqual([true]);
  // Root, body and the object, not what the agent has: the object goes in chunks.
  expect(new Set(desk.lookups).size).toBe(3);
  expect(agent.assignments).toHaveLength(1);
  expect((await agent.store.assignments()).map(({ header }) => header.digest)).toEqual([assigned]);

  // Without content of its own, it is about what is assigned.
  expect(await all(hub.server.ask("one", { ...question, root: undefined }, {}))).toEqual([true]);
  expect(seen).toEqual([question, { ...question, root: assigned }]);
  // What only the question needed is gone once something is tidied.
  expect(agent.store.hasContent(candidate)).toBe(false);

  const absent = { ...question, root: "f".repeat(64) };
  await expect(all(hub.server.ask("one", absent, {}))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
