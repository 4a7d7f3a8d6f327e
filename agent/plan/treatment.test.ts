import { expect, test } from "vitest";
import { defaultApplyPolicy } from "../../common/domain/index.ts";
import { treatmentOf } from "./treatment.ts";

const said = { apply: "", adopt: "", recreate: "" };

test("treatmentOf() takes the application's policy where the object says nothing", () => {
  const policy = { takeover: [], adopt: "never", recreate: true } as const;
  const treatment = { mode: "override", adopt: "never", recreate: true, problem: "" };
  expect(treatmentOf(undefined, policy)).toEqual(treatment);
  expect(treatmentOf(said, policy)).toEqual(treatment);
  expect(treatmentOf({ ...said, adopt: "always", recreate: "forbidden" }, policy)).toEqual({
    ...treatment,
    adopt: "always",
    recreate: false,
  });
});

test("treatmentOf() knows Flux's words", () => {
  const modes = ["Override", "Merge", "IfNotPresent", "Ignore"].map(
    (apply) => treatmentOf({ ...said, apply }, defaultApplyPolicy).mode,
  );
  expect(modes).toEqual(["override", "merge", "ifNotPresent", "ignore"]);
  expect(treatmentOf({ ...said, recreate: "enabled" }, defaultApplyPolicy).recreate).toBe(true);
});

test("treatmentOf() says what it does not know, and what it expected", () => {
  expect(treatmentOf({ ...said, apply: "sometimes" }, defaultApplyPolicy).problem).toBe(
    'annotation drover.dev/apply (or kustomize.toolkit.fluxcd.io/ssa) is "sometimes": expected override, merge, ifNotPresent or ignore',
  );
  expect(treatmentOf({ ...said, adopt: "maybe" }, defaultApplyPolicy).problem).toBe(
    'annotation drover.dev/adopt is "maybe": expected always, identical or never',
  );
});
