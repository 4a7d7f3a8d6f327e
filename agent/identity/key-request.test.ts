import { createPrivateKey, createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyRequest } from "./key-request.ts";

test("createKeyRequest() makes a request of any name length around its own key", () => {
  for (const name of ["a", "cluster-".repeat(8), "x".repeat(250)]) {
    const { privateKey, csr } = createKeyRequest(name);
    const der = Buffer.from(csr.replaceAll(/-----.*-----|\n/g, ""), "base64");
    const spki = createPublicKey(createPrivateKey(privateKey)).export({ format: "der", type: "spki" });
    expect(der.includes(spki)).toBe(true);
    expect(der.includes(Buffer.from(name))).toBe(true);
    // One sequence, exactly as long as it says.
    const [tag, length] = der;
    const said = length === 0x82 ? der.readUInt16BE(2) + 4 : length === 0x81 ? der.readUInt8(2) + 3 : (length ?? 0) + 2;
    expect([tag, said]).toEqual([0x30, der.length]);
  }
});
