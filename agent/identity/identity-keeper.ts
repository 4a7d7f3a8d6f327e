import { X509Certificate } from "node:crypto";
import { AppError } from "../../common/errors.ts";
import type { AgentIdentity, AgentStore } from "../ports.ts";
import { checkCertificate } from "./check-certificate.ts";
import { createKeyRequest } from "./key-request.ts";

/** The agent's certificate over time: who it is now, and the way to the next certificate. */
export interface IdentityKeeper {
  current(): AgentIdentity;
  /** When to ask for the next certificate: at two thirds of this one's life, jittered. Milliseconds since 1970. */
  renewAt(): number;
  /** Makes a new key and gives back a certificate request (PKCS#10, PEM) for it; a later call forgets the earlier key. */
  request(): string;
  /** Saves the certificate for the last request, then makes it the current one. INVALID_ARGUMENT when it does not fit. */
  accept(certificate: string, ca: string): Promise<void>;
}

export function createIdentityKeeper(options: {
  readonly identity: AgentIdentity;
  readonly store: AgentStore;
  /** In [0, 1). */
  readonly random: () => number;
}): IdentityKeeper {
  const { store, random } = options;
  let current = options.identity;
  let renewAt = renewalOf(current.certificate, random());
  let pending: { readonly privateKey: string } | undefined;

  return {
    current: () => current,
    renewAt: () => renewAt,
    request() {
      const { privateKey, csr } = createKeyRequest(current.cluster);
      pending = { privateKey };
      return csr;
    },
    async accept(certificate, ca) {
      if (pending === undefined) {
        throw new AppError("INVALID_ARGUMENT", "Cannot accept the certificate from the hub: none was asked for");
      }
      const next: AgentIdentity = { ...current, privateKey: pending.privateKey, certificate, ca };
      checkCertificate(next);
      await store.saveIdentity(next);
      current = next;
      renewAt = renewalOf(certificate, random());
      pending = undefined;
    },
  };
}

/** At two thirds of its life, up to a tenth of its life earlier, so that a fleet that joined in one hour spreads out. */
function renewalOf(certificate: string, random: number): number {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const from = Date.parse(validFrom);
  const life = Date.parse(validTo) - from;
  return Math.round(from + life * (2 / 3 - random / 10));
}
