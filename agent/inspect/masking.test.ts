import { expect, test } from "vitest";
import { masked, maskedPair, maskedReason } from "./masking.ts";

const applied = "kubectl.kubernetes.io/last-applied-configuration";
const secret = (data: Readonly<Record<string, string>>, annotations?: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "key", ...(annotations === undefined ? {} : { annotations }) },
  data,
});

test("masked() leaves the keys of a Secret and none of its values, in no field", () => {
  const full = {
    ...secret({ a: "c2VjcmV0" }, { [applied]: '{"data":{"a":"c2VjcmV0"}}', note: "x" }),
    stringData: { b: "secret" },
  };
  expect(masked(full)).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "key", annotations: { [applied]: "***", note: "x" } },
    data: { a: "***" },
    stringData: { b: "***" },
  });
});

test("masked() leaves other kinds alone", () => {
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1" } };
  expect(masked(map)).toBe(map);
});

test("maskedPair() shows which values differ, come and go", () => {
  const [before, after] = maskedPair(
    secret({ same: "MQ==", other: "Mg==", gone: "Mw==" }),
    secret({ same: "MQ==", other: "NA==", come: "NQ==" }),
  );
  expect([before.data, after.data]).toEqual([
    { same: "***", other: "*** (before)", gone: "***" },
    { same: "***", other: "*** (after)", come: "***" },
  ]);
});

test("maskedReason() keeps what is wrong and hides with what", () => {
  expect(
    [
      ".stringData.pin: expected string, got &value.valueUnstructured{Value:12345}",
      'Secret "key" is invalid: data[a]: Invalid value: "hunter2": must be base64',
      "json: cannot unmarshal number 12345 into Go struct field Secret.data",
    ].map(maskedReason),
  ).toEqual([
    ".stringData.pin: expected string, got &value.valueUnstructured{Value:***}",
    'Secret "key" is invalid: data[a]: Invalid value: ***: must be base64',
    "json: cannot unmarshal number *** into Go struct field Secret.data",
  ]);
});
