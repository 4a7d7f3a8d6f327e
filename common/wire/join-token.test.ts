import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../errors.ts";
import { clusterUri, parseClusterUri, urisOf } from "./certificate-names.ts";
import { decodeJoinToken, encodeJoinToken } from "./join-token.ts";

const token = {
  ...{ id: "id", secret: "secret", cluster: "edge-1", enrolUrl: "https://hub.example:8443" },
  caFingerprint: "ab".repeat(32),
};

test("decodeJoinToken() gives back what encodeJoinToken() was given", () => {
  expect(decodeJoinToken(` ${encodeJoinToken(token)}\n`)).toEqual(token);
});

test("decodeJoinToken() refuses everything else without repeating it", () => {
  const good = encodeJoinToken(token);
  const wrong = [
    "",
    "drover1.",
    good.slice(0, -10),
    good.slice(1),
    encodeJoinToken({ ...token, secret: "" }),
    encodeJoinToken({ ...token, enrolUrl: "http://hub" }),
    encodeJoinToken({ ...token, caFingerprint: "AB" }),
  ];
  for (const text of wrong) expect(() => decodeJoinToken(text)).toThrow("it is incomplete or no join token");
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const attempt of [text, `drover1.${Buffer.from(text).toString("base64url")}`]) {
        try {
          decodeJoinToken(attempt);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError);
        }
      }
    }),
  );
});

test("parseClusterUri() finds what clusterUri() wrote among a certificate's names", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (cluster, clusterUid) => {
      const names = `DNS:localhost, URI:${clusterUri(cluster, clusterUid)}, IP Address:127.0.0.1`;
      expect(urisOf(names).map(parseClusterUri)).toEqual([{ cluster, clusterUid }]);
    }),
  );
  expect([parseClusterUri("drover://hub"), parseClusterUri("drover://cluster/a/%ff")]).toEqual([undefined, undefined]);
});
