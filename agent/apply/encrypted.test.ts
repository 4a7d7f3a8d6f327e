import { expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { encryptedField } from "./encrypted.ts";

const metadata = { name: "password" };
const value = "ENC[AES256_GCM,data:aGk=,iv:aXY=,tag:dGFn,type:str]";
const secret = (more: Record<string, unknown>): Manifest => ({ apiVersion: "v1", kind: "Secret", metadata, ...more });

test("encryptedField() finds what SOPS encrypted, whether its own field is there or was taken off", () => {
  expect([
    encryptedField(secret({ data: { a: value }, sops: { mac: "x", version: "3.9.0" } })),
    encryptedField({ apiVersion: "example.com/v1", kind: "Token", metadata, sops: { version: "3.9.0" } }),
    encryptedField(secret({ data: { a: "YQ==", b: value } })),
    encryptedField(secret({ stringData: { b: value } })),
    encryptedField(secret({ data: { file: Buffer.from(value).toString("base64") } })),
    encryptedField({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { b: value } }),
  ]).toEqual(["sops", "sops", "data.b", "stringData.b", "data.file", "data.b"]);
});

test("encryptedField() finds nothing in what is plain, or only speaks of SOPS", () => {
  expect([
    encryptedField(secret({ data: { a: "YQ==" }, stringData: null })),
    encryptedField(secret({ stringData: { help: `values look like ${value}` } })),
    encryptedField({ apiVersion: "example.com/v1", kind: "Vault", metadata, sops: "enabled" }),
    encryptedField({ apiVersion: "example.com/v1", kind: "Vault", metadata, spec: { sops: { version: "3" } } }),
  ]).toEqual([undefined, undefined, undefined, undefined]);
});
