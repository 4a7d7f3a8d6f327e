import { expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import { createMemoryCollection } from "../../test/fakes/memory-collection.ts";
import type { Collection, HubStore, ReportChange } from "../ports.ts";
import { createFleetState, type EnvironmentState, type FleetState } from "./fleet-state.ts";
import { confirmedPrunes, createPruneConfirmations } from "./prune-confirmations.ts";

const key = "application/dev/shop";
const choice = { cluster: "east", application: "shop", digest: "d1" };
const waiting = (digest: string) => ({ blockedPrune: { digest, count: 12, reason: "", objects: [] } });

function fleet(collection: Collection<unknown> = createMemoryCollection()) {
  const state = createFleetState();
  state.environments.set("dev", {} as EnvironmentState);
  state.statuses.set("east", new Map([[key, waiting("d1")]]));
  const reoffered: string[] = [];
  const confirmations = createPruneConfirmations({
    state,
    store: { collection: () => collection } as unknown as HubStore,
    clock: systemClock,
    reoffer: async (cluster) => void reoffered.push(cluster),
  });
  return { state, confirmations, reoffered, collection };
}

const said = (state: FleetState) => confirmedPrunes(state, "east", "dev");

test("confirm() says it to the cluster, and a hub that starts anew still says it", async () => {
  const { state, confirmations, reoffered, collection } = fleet();
  await confirmations.confirm("dev", [choice], "admin");
  expect(said(state)).toEqual([{ application: "shop", digest: "d1" }]);
  expect(confirmedPrunes(state, "east", "prod")).toEqual([]);
  expect(reoffered).toEqual(["east"]);
  const next = fleet(collection);
  await next.confirmations.load();
  expect(said(next.state)).toEqual([{ application: "shop", digest: "d1" }]);
});

test("confirm() refuses what is not what waits, and then says nothing at all", async () => {
  const { state, confirmations } = fleet();
  await expect(confirmations.confirm("dev", [choice, { ...choice, digest: "d0" }], "admin")).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message:
      'Cannot confirm: what would be deleted of application "shop" of environment "dev" on cluster "east" has changed: look at it again with \'drover prune status dev\'',
  });
  await expect(confirmations.confirm("dev", [{ ...choice, application: "db" }], "admin")).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(confirmations.confirm("stage", [choice], "admin")).rejects.toThrow('No such environment: "stage"');
  expect(said(state)).toEqual([]);
});

test("judge() drops a confirmation when the agent took it up or asks something else, not when it has only started", async () => {
  const { state, confirmations, reoffered, collection } = fleet();
  const judged = async (value: unknown) => {
    const changes: ReportChange[] = [{ key, value }];
    await confirmations.confirm("dev", [choice], "admin");
    await confirmations.judge("east", changes);
    return said(state).length;
  };
  expect(await judged({})).toBe(1);
  expect(await judged(waiting("d1"))).toBe(1);
  expect(await judged(waiting("d2"))).toBe(0);
  expect(await judged({ blockedPrune: null })).toBe(0);
  expect(await judged(undefined)).toBe(0);
  expect(await collection.entries()).toEqual([]);
  expect(reoffered).toHaveLength(5 + 3);
  expect(state.pruneConfirmations.size).toBe(0);
});
