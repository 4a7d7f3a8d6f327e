import { expect, test } from "vitest";
import type { ClusterView, Problem } from "../../common/domain/index.ts";
import { clusterViewOf, environmentOf } from "../../test/fakes/promotable.ts";
import { createFleetState } from "../desk/index.ts";
import { stageHealth } from "../promotion/index.ts";
import { lookAt } from "./evidence.ts";

type EnvironmentView = ClusterView["environments"][number];

/** How "west" is, beside "east", which runs the commit and is well; and what was wrong with the commit itself. */
function look(
  west: Partial<EnvironmentView> = {},
  { connected = true, problems = [] }: { readonly connected?: boolean; readonly problems?: readonly Problem[] } = {},
) {
  const state = createFleetState();
  const environment = environmentOf("staging", "env/staging", {});
  const own = new Map([["shop", { problems }]]) as never;
  state.environments.set("staging", {
    ...{ environment, revision: "new", pending: undefined, applications: own, problems: [] },
  });
  for (const name of ["east", "west"]) {
    state.offers.set(name, new Map([["staging", { header: { digest: "d" } } as never]]));
  }
  const view = clusterViewOf("staging", "new");
  const [said] = view.environments as readonly [EnvironmentView];
  const clusters = [
    { ...view, name: "east" },
    { ...view, name: "west", connected, environments: [{ ...said, ...west }] },
    // Another's environment says nothing.
    { ...view, name: "north", environments: [{ ...said, name: "prod" }] },
  ];
  const { trouble, ...counts } = lookAt(state, () => clusters, "staging");
  const { isWell } = stageHealth({ ...counts, trouble }, 50);
  const { clusters: all, well, offline, drifted, degraded } = counts;
  return { counts: [all, well, offline, drifted, degraded], isWell, trouble };
}

const refused: Problem = { severity: "error", message: "apps/shop/application.yaml:3: no" };

test.each([
  ["all run it and are well", look(), [2, 2, 0, 0, 0], true, ""],
  ["one drifted", look({ drifted: 1 }), [2, 1, 0, 1, 0], false, 'cluster "west" is Healthy'],
  [
    "one is degraded",
    look({ health: "Degraded", message: "shop: down\nand more" }),
    ...([[2, 1, 0, 0, 1], false, 'cluster "west" is Degraded: shop: down'] as const),
  ],
  ["one is on its way", look({ health: "Progressing" }), [2, 1, 0, 0, 0], false, 'cluster "west" is Progressing'],
  [
    "one runs another commit, well",
    look({ revision: "old", health: "Degraded" }),
    ...([[2, 1, 0, 0, 0], false, 'cluster "west" is Synced, Degraded'] as const),
  ],
  [
    "one has not written all of it",
    look({ sync: "OutOfSync" }),
    ...([[2, 1, 0, 0, 0], false, 'cluster "west" is OutOfSync, Healthy'] as const),
  ],
  // What it said last counts for nothing: the quorum is of those that are there.
  ["one is away", look({}, { connected: false }), [2, 1, 1, 0, 0], true, ""],
  [
    "one is away and was ill",
    look({ health: "Degraded" }, { connected: false }),
    ...([[2, 1, 1, 0, 1], true, ""] as const),
  ],
  [
    "a part of the commit was refused",
    look({}, { problems: [refused] }),
    ...([[2, 0, 0, 0, 0], false, refused.message] as const),
  ],
  [
    "there is a warning",
    look({}, { problems: [{ ...refused, severity: "warning" }] }),
    ...([[2, 2, 0, 0, 0], true, ""] as const),
  ],
] as const)("rule 4: lookAt() counts what the agents say themselves: %s", (_, found, counts, isWell, trouble) => {
  expect(found).toEqual({ counts, isWell, trouble });
});

test("lookAt() knows nothing of an environment without clusters, and tells its contents apart", () => {
  const state = createFleetState();
  const none = lookAt(state, () => [], "staging");
  expect(none).toMatchObject({ clusters: 0, well: 0, revision: undefined });
  const clusters = [clusterViewOf("staging", "new")];
  const contentWith = (digest: string) => {
    state.offers.set("staging", new Map([["staging", { header: { digest } } as never]]));
    return lookAt(state, () => clusters, "staging").content;
  };
  const [first, other, again] = [contentWith("a"), contentWith("b"), contentWith("a")];
  expect([first === again, first === other, first === none.content]).toEqual([true, false, false]);
});
