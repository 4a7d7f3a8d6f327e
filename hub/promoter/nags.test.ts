import { expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createMemoryStore } from "../../test/fakes/memory-store.ts";
import { environmentOf } from "../../test/fakes/promotable.ts";
import type { BranchSight } from "./branch-watch.ts";
import { createNags } from "./nags.ts";
import { createPromotionRecords } from "./promotion-records.ts";

const hour = 3_600_000;
const fix = "f".repeat(40);
const prod = environmentOf("prod", "env/prod", {});
const move = {
  kind: "promotion",
  environment: "prod",
  from: null,
  commit: fix,
  proof: [],
  bypassed: [],
  at: "",
} as const;

test("rule 15: people hear of a hotfix once, daily and when it is over, whichever hub looks and dies, and of what could not be said later", async () => {
  let now = 0;
  let isDown = false;
  const clock = { now: () => now, sleep: async () => undefined };
  const store = createMemoryStore();
  const posted: string[] = [];
  const notices = new Map<string, string>();
  async function openHub() {
    const records = createPromotionRecords(store, clock);
    await records.load();
    const nags = createNags(
      {
        ...{ clock, trunk: "main", log: silentLogger() },
        async notify(environment, { id, severity, message }) {
          if (isDown) throw new AppError("UNAVAILABLE", "no store");
          posted.push(`${environment}/${id}`);
          notices.set(`${environment}/${id}`, `${now / hour} ${severity} ${message}`);
        },
      },
      records,
    );
    return { records, nags };
  }
  const sight = (offTrunk: string | undefined): BranchSight => ({
    ...{ seen: offTrunk, gate: undefined, problems: [], restore: undefined },
    offTrunk,
  });

  let hub = await openHub();
  expect(await hub.nags.look(prod, sight(undefined))).toBeUndefined();
  const history = [{ ...move, to: fix, actor: "ben", reason: "outage" }];
  await hub.records.change("prod", (record) => ({ ...record, history }));
  expect(await hub.nags.look(prod, sight(fix))).toBe(24 * hour);
  now = 12 * hour;
  hub = await openHub();
  expect(await hub.nags.look(prod, sight(fix))).toBe(24 * hour);
  now = 24 * hour;
  isDown = true;
  expect(await hub.nags.look(prod, sight(fix))).toBe(24 * hour + 60_000);
  isDown = false;
  now = 25 * hour;
  expect(await hub.nags.look(prod, sight(fix))).toBe(48 * hour);
  // A second hub that has not heard of it says the same under the same name.
  const other = await openHub();
  now = 48 * hour;
  await Promise.all([hub.nags.look(prod, sight(fix)), other.nags.look(prod, sight(fix))]);
  now = 60 * hour;
  await hub.nags.look(prod, sight(undefined));
  now = 90 * hour;
  hub = await openHub();
  expect(await hub.nags.look(prod, sight(undefined))).toBeUndefined();

  const lacking =
    'Environment "prod": branch "env/prod" is at ffffffffffff (promoted by ben: outage), which the trunk "main" does not have: merge it there';
  expect([...notices]).toEqual([
    [`prod/hotfix/${fix}`, `0 warning ${lacking}`],
    [`prod/hotfix/${fix}/1`, `25 warning ${lacking}, for 1 day now`],
    [`prod/hotfix/${fix}/2`, `48 warning ${lacking}, for 2 days now`],
    [
      `prod/hotfix/${fix}/over`,
      '60 info Environment "prod": branch "env/prod" has nothing any more that the trunk "main" does not have',
    ],
  ]);
  expect(posted.filter((id) => !id.endsWith("/2"))).toHaveLength(3);
});
