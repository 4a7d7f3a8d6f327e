import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { manifestText } from "./manifest-text.ts";
import { parseManifests } from "./manifest-yaml.ts";

const samples = [
  "",
  "0644",
  "1e3",
  "yes",
  "null",
  "~",
  "<<",
  "=",
  "a: b",
  " x ",
  "- a",
  "#",
  "---",
  "...",
  "a\n",
  "\n a\n\n",
];
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...samples), fc.integer().map(String));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.integer(),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(text, tie("any"), { maxKeys: 3 }),
  ),
})).any;

const manifest = fc.record({
  apiVersion: fc.constantFrom("v1", "apps/v1"),
  kind: fc.constantFrom("ConfigMap", "Secret"),
  metadata: fc.record({ name: fc.constantFrom("a", "123", "true"), labels: fc.dictionary(text, text, { maxKeys: 2 }) }),
  data: fc.dictionary(text, value, { maxKeys: 4 }),
}) as unknown as fc.Arbitrary<Manifest>;

test("manifestText() is read back by parseManifests() as the same objects, whatever strings and numbers they have", () => {
  fc.assert(
    fc.property(fc.array(manifest, { maxLength: 3 }), (manifests) => {
      const written = JSON.parse(JSON.stringify(manifests)) as Manifest[];
      const { objects, problems } = parseManifests(manifestText(written));
      expect(problems).toEqual([]);
      expect(objects.map((each) => each.manifest)).toEqual(written);
    }),
    { numRuns: 300 },
  );
});
