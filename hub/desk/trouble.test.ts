import { expect, test } from "vitest";
import type { ApplicationStatus } from "../../common/domain/index.ts";
import { troubleIn } from "./trouble.ts";

const well: ApplicationStatus = {
  revision: "r1",
  generation: 1,
  sync: "Synced",
  health: "Healthy",
  message: "",
  objects: 1,
  drifted: 0,
};
const refused: ApplicationStatus = { ...well, sync: "OutOfSync", message: "ConfigMap a: denied (a.yaml:1)" };

test("troubleIn() is news once", () => {
  const at = "application/dev/shop";
  const news = { environment: "dev", application: "shop", message: "ConfigMap a: denied (a.yaml:1)" };
  expect([
    troubleIn(at, undefined, refused),
    troubleIn(at, well, refused),
    troubleIn(at, refused, { ...refused, generation: 2 }),
    troubleIn(at, refused, well),
    troubleIn(at, refused, undefined),
    troubleIn(at, well, { ...well, health: "Progressing", message: "1 of 3 replicas" }),
    troubleIn(at, well, { ...refused, message: 'Waits for "database" to be healthy' }),
    troubleIn(at, well, { ...refused, message: `Held: Missing folder "a"\n${refused.message}` }),
    troubleIn("object/dev/shop//ConfigMap/default/a", undefined, refused),
  ]).toEqual([news, news, undefined, undefined, undefined, undefined, undefined, news, undefined]);
});
