import { expect, test } from "vitest";
import type { ObjectRef } from "../../common/domain/index.ts";
import { refKey } from "../../common/domain/index.ts";
import type { LiveFacts } from "./live.ts";
import type { PruneStep, Waiting } from "./prune.ts";
import { lastWave } from "./prune-waves.ts";
import { noWish } from "./prune-wish.ts";

const refOf = (name: string): ObjectRef => ({ group: "", kind: "ConfigMap", namespace: "shop", name });

/** "delete b 2": a step for an object and its wave. */
function see(steps: readonly string[], going: readonly string[] = []) {
  const waves = new Map<string, number>();
  const parse = (text: string) => {
    const [action = "", name = "", wave = "0"] = text.split(" ");
    waves.set(refKey(refOf(name)), Number(wave));
    return { application: "shop", action, ref: refOf(name) };
  };
  const entryOf = (ref: ObjectRef) => ({ ref, apiVersion: "v1", uid: "u", digest: "d", fieldsHash: "h" });
  const planned = steps
    .map(parse)
    .map(({ application, action, ref }) => ({ application, action, entry: entryOf(ref), uid: "u" }) as PruneStep);
  const waiting: readonly Waiting[] = going
    .map((text) => parse(`wait ${text}`))
    .map(({ application, ref }) => ({ application, ref, reason: "being deleted" }));
  const get = (key: string) => ({ wave: waves.get(key) ?? 0, wish: noWish }) as LiveFacts;
  return lastWave(planned, waiting, { get, knows: () => true }).map(({ entry }) => entry.ref.name);
}

test("lastWave() deletes the last wave first", () => {
  expect(see(["delete a -1", "delete b 2", "delete c 2", "delete d 0"])).toEqual(["b", "c"]);
});

test("lastWave() waits for what is still going in a later wave, not in the same", () => {
  expect(see(["delete a 0", "delete b 1"], ["z 2"])).toEqual([]);
  expect(see(["delete a 0", "delete b 1"], ["z 1"])).toEqual(["b"]);
});

test("lastWave() forgets whatever is gone", () => {
  expect(see(["forget a 0", "delete b 1", "delete c 0"])).toEqual(["a", "b"]);
});
