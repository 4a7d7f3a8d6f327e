import { expect, test } from "vitest";
import type { PromotionPolicy } from "../../common/domain/index.ts";
import { clusterViewOf, environmentOf } from "../../test/fakes/promotable.ts";
import { createFleetState } from "../desk/index.ts";
import { type Change, unmet } from "../promotion/index.ts";
import type { AssessDependencies, AssessRequest } from "./assessment.ts";
import { createCoverage } from "./coverage.ts";
import { emptyRecord, type PromotionRecord } from "./promotion-record.ts";
import { readUpstreams } from "./upstreams.ts";

const change: Change = { commit: "c5", tree: "t5", ordinal: 5, author: "" };
const running: Change = { commit: "c3", tree: "t3", ordinal: 3, author: "" };

/** What stands in the way of the commit that "dev" is at, on two clusters of which `away` cannot be reached. */
async function obstacles(
  policy: Partial<PromotionPolicy>,
  {
    away = 0,
    record = {},
    now = 10_000,
    isContinuous = true,
    runs = running,
  }: {
    readonly away?: number;
    readonly record?: Partial<PromotionRecord>;
    readonly now?: number;
    readonly isContinuous?: boolean;
    readonly runs?: Change;
  } = {},
) {
  const state = createFleetState();
  const known = { pending: undefined, applications: new Map(), problems: [] };
  state.environments.set("dev", { ...known, environment: environmentOf("dev", "main"), revision: "c5" });
  const environment = environmentOf("prod", "env/prod", policy);
  state.environments.set("prod", { ...known, environment, revision: "c3" });
  const clusters = [0, 1].map((each) => ({
    ...clusterViewOf("dev", "c5"),
    name: `dev-${each}`,
    connected: each >= away,
  }));
  const line = { find: async (revision: string) => [running, change].find(({ commit }) => commit === revision) };
  const git = { branches: () => new Map() };
  const dependencies = { state, git, coverage: createCoverage(), clusters: () => clusters };
  const records = new Map([["prod", { ...emptyRecord, ...record }]]);
  const [dev] = await readUpstreams(
    dependencies as unknown as AssessDependencies,
    { environment, records, line, now, isContinuous } as unknown as AssessRequest,
    runs,
  );
  if (dev === undefined) throw new Error("There is an upstream environment");
  return { gates: unmet(dev.gates(change)).map(({ reason }) => reason), record: { upstreams: { dev: dev.record } } };
}

test("rule 4: readUpstreams() wants the quorum that the environment which is promoted into asks for", async () => {
  const reasonOf = async (quorumPercent: number, away: number) => (await obstacles({ quorumPercent }, { away })).gates;
  expect([await reasonOf(100, 0), await reasonOf(100, 1), await reasonOf(50, 1), await reasonOf(50, 2)]).toEqual([
    [],
    ['"dev": 1 of 2 clusters run it and are healthy, 2 needed, 1 offline'],
    [],
    ['"dev": 0 of 2 clusters run it and are healthy, 1 needed, 2 offline'],
  ]);
});

test("rule 5: readUpstreams() soaks on the quorum, without the time in which a hub was away", async () => {
  const policy = { soakMs: 60_000, quorumPercent: 50 };
  const first = await obstacles(policy, { away: 1 });
  expect(first.gates).toEqual(["Healthy for 0s of 1m"]);
  const at = { record: first.record, away: 1 };
  expect((await obstacles(policy, { ...at, now: 69_000 })).gates).toEqual(["Healthy for 59s of 1m"]);
  expect((await obstacles(policy, { ...at, now: 70_000 })).gates).toEqual([]);
  expect((await obstacles(policy, { ...at, now: 70_000, isContinuous: false })).gates).toEqual([
    "Healthy for 0s of 1m",
  ]);
  const ill = await obstacles(policy, { ...at, away: 2, now: 69_000 });
  expect((await obstacles(policy, { ...at, record: ill.record, now: 70_000 })).gates).toEqual(["Healthy for 0s of 1m"]);
  // One of two is not the quorum, however well it is: what was counted before starts anew.
  const strict = { soakMs: 60_000, quorumPercent: 100 };
  const whole = await obstacles(strict);
  const half = await obstacles(strict, { record: whole.record, away: 1, now: 40_000 });
  const again = await obstacles(strict, { record: half.record, now: 70_000 });
  expect(again.gates).toEqual(["Healthy for 0s of 1m"]);
});

test("row 11: readUpstreams() compares with what the environment runs", async () => {
  const newer: Change = { commit: "c7", tree: "t7", ordinal: 7, author: "" };
  expect((await obstacles({}, { runs: newer })).gates).toEqual([
    '"dev" runs an older commit than the environment it is promoted to',
  ]);
});
