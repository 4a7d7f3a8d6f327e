import { expect, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createMemoryCollection } from "../../test/fakes/memory-collection.ts";
import { createFleetState } from "../desk/index.ts";
import type { Collection, HubStore } from "../ports.ts";
import { createFreezes } from "./freezes.ts";

const now = Date.parse("2026-12-20T08:00:00Z");

/** Hubs of one store, of which each knows "staging" and "prod". */
function hubs() {
  const collection = createMemoryCollection<unknown>();
  const store: HubStore = {
    description: "memory",
    shared: true,
    collection: <T>() => collection as Collection<T>,
    close: async () => undefined,
  };
  return () => {
    const state = createFleetState();
    for (const name of ["staging", "prod"]) state.environments.set(name, { environment: { name } } as never);
    const announced: unknown[] = [];
    state.subscribe(({ environment }) => announced.push(environment));
    const clock = { now: () => now, sleep: async () => undefined };
    const freezes = createFreezes({ state, store, clock, log: silentLogger(), changed: () => announced.push("*") });
    return { state, announced, ...freezes };
  };
}

const year = { reason: "year-end", actor: "ann" };

test("freeze() is shown at once, and to every hub of the store when it looks, whenever that started", async () => {
  const open = hubs();
  const [first, second] = [open(), open()];
  const made = await first.freeze(undefined, { ...year, until: "8h" });
  expect(made).toEqual({
    environment: null,
    reason: "year-end",
    by: "ann",
    since: "2026-12-20T08:00:00.000Z",
    until: "2026-12-20T16:00:00.000Z",
  });
  expect([first.state.freezes, first.announced]).toEqual([[made], ["staging", "prod", "*"]]);
  await second.recall();
  await second.recall();
  expect([second.state.freezes, second.announced]).toEqual([[made], ["staging", "prod", "*"]]);
  const restarted = open();
  await restarted.recall();
  expect(restarted.state.freezes).toEqual([made]);
});

test("unfreeze() lifts what was frozen under that name, and says what else is", async () => {
  const hub = hubs()();
  await hub.freeze(undefined, year);
  await hub.freeze("prod", year);
  const lift = (name?: string) => hub.unfreeze(name, { reason: "", actor: "ann" });
  await lift("prod");
  await expect(lift("prod")).rejects.toThrow(
    `Environment "prod" is not frozen by itself: everything is, which 'drover unfreeze' without a name lifts`,
  );
  await lift();
  expect(hub.state.freezes).toEqual([]);
  await expect(lift()).rejects.toThrow("Not everything is frozen: name an environment");
  await expect(lift("staging")).rejects.toThrow('Environment "staging" is not frozen by itself');
});

test.each([
  [undefined, { ...year, reason: " " }, "Cannot freeze without a reason: say --reason"],
  ["nowhere", year, 'No such environment: "nowhere"'],
  ["prod", { ...year, until: "tomorrow" }, 'Cannot freeze until "tomorrow": expected a time such as'],
  ["prod", { ...year, until: "2026-12-27T08:00" }, 'Cannot freeze until "2026-12-27T08:00": expected a time such as'],
  ["prod", { ...year, until: "2026-12-19" }, 'Cannot freeze until "2026-12-19": that is over already'],
])("freeze(%s) with %o is refused with the reason", async (name, options, message) => {
  await expect(hubs()().freeze(name, options)).rejects.toThrow(message);
});
