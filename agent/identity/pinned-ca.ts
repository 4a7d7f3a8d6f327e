import { connect, type DetailedPeerCertificate } from "node:tls";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Cancellable } from "../ports.ts";
import { fingerprintOf } from "./check-certificate.ts";

const timeoutMs = 10_000;

/**
 * The CA (PEM) in the chain that the server at `url` presents, if it is the one with this fingerprint. That the server holds the
 * key for the chain is proven by the connection that then trusts this CA alone. UNAUTHENTICATED when it is another one.
 */
export async function pinnedCa(url: string, fingerprint: string, options: Cancellable = {}): Promise<string> {
  const chain = await presentedChain(new URL(url), options.signal);
  const ca = chain.find((certificate) => fingerprintOf(certificate) === fingerprint);
  if (ca === undefined) {
    throw new AppError(
      "UNAUTHENTICATED",
      `Cannot trust the hub at ${url}: its CA is not the one in the join token (fingerprint ${fingerprint}); this is another hub, or somebody is in between`,
    );
  }
  const lines = ca.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function presentedChain(url: URL, signal: AbortSignal | undefined): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown) => {
      socket.destroy();
      signal?.removeEventListener("abort", onAbort);
      reject(thrown);
    };
    const onAbort = () => fail(signal?.reason);
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 443),
      minVersion: "TLSv1.3",
      // Nothing is sent over this connection.
      rejectUnauthorized: false,
      timeout: timeoutMs,
    });
    socket.once("secureConnect", () => {
      const chain: Buffer[] = [];
      let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      // The last one of a complete chain is its own issuer.
      while (certificate?.raw !== undefined && !chain.some((seen) => seen.equals(certificate?.raw as Buffer))) {
        chain.push(certificate.raw);
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      signal?.removeEventListener("abort", onAbort);
      resolve(chain);
    });
    socket.once("timeout", () =>
      fail(
        new AppError("DEADLINE_EXCEEDED", `Cannot reach the hub at ${url.origin}: no answer within ${timeoutMs} ms`),
      ),
    );
    socket.once("error", (thrown) => fail(connectError(url, thrown)));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function connectError(url: URL, thrown: Error): AppError {
  const { code } = thrown as { code?: string };
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return new AppError("FAILED_PRECONDITION", `Cannot reach the hub at ${url.origin}: it does not speak TLS`, {
      cause: thrown,
    });
  }
  return toAppError(thrown, `Cannot reach the hub at ${url.origin}`);
}
