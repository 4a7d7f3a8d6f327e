import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
  X509Certificate,
} from "node:crypto";
import type { Clock } from "../../common/async/index.ts";
import { AppError, isAbort } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { issueAgent, issueCa, issueServer, type KeyPair } from "./certificates.ts";
import { type KeyFiles, openKeyFiles } from "./key-files.ts";

/** What a TLS listener of the hub presents; all PEM. */
export interface ServerTls {
  readonly key: string;
  /** Server certificate, then the CA: a joining agent finds the CA in the chain and compares its fingerprint. */
  readonly cert: string;
  /** Whom to trust as a client. */
  readonly ca: string;
}

export interface AuthorityOptions {
  /** Directory of the keys: the one secret to back up. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Host names and IP addresses under which the hub is reached; localhost is always among them. */
  readonly names: readonly string[];
}

export interface Authority {
  readonly caPem: string;
  /** SHA-256 of the CA's DER, lower-case hex. */
  readonly caFingerprint: string;
  /** Public half of the assignment key (Ed25519, SPKI, PEM). */
  readonly assignmentKey: string;
  /** Ed25519 over exactly these bytes. */
  signAssignment(headerBytes: Uint8Array): Buffer;
  /** Marks a text that the hub lays down where others write too, to know it again; base64. */
  seal(text: string): string;
  isSealed(text: string, seal: string): boolean;
  /** INVALID_ARGUMENT for a bad request. */
  issueAgentCertificate(csrPem: string, options: AgentCertificateOptions): Promise<IssuedCertificate>;
  /** What listeners present now. */
  serverTls(): ServerTls;
  /** Called with each later one; returns the function that unsubscribes. */
  onServerTls(listener: (tls: ServerTls) => void): () => void;
  /** Renews the server certificate before it ends, until the signal aborts. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface AgentCertificateOptions {
  readonly cluster: string;
  readonly clusterUid: string;
  /** Default 24 hours. */
  readonly lifetimeMs?: number;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly ca: string;
}

const hour = 3_600_000;
const day = 24 * hour;
const caLifetime = 10 * 365 * day;
const serverLifetime = 90 * day;
const agentLifetime = day;

/** No assignment begins like this: a seal is never taken for the signature of one. */
const sealedBytes = (text: string) => Buffer.from(`drover seal\n${text}`);

/** Opens the hub's keys, or makes them at the first start. FAILED_PRECONDITION when some are there and do not fit together. */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { clock, log } = options;
  const files = await openKeyFiles(options.dir);
  const ca = await openCa(files, clock, log);
  const assignmentKey = await openAssignmentKey(files);
  const sealKey = createPublicKey(assignmentKey);
  const names = [...new Set(["localhost", "127.0.0.1", "::1", ...options.names])];
  const listeners = new Set<(tls: ServerTls) => void>();

  let server = await openServer();

  async function openServer(): Promise<KeyPair> {
    const [certificate, privateKey] = await Promise.all([files.read("server.crt"), files.read("server.key")]);
    if (certificate !== undefined && privateKey !== undefined) {
      const reason = whyReissue({ certificate, privateKey }, ca, names, clock.now());
      if (reason === undefined) return { certificate, privateKey };
      log.info({ reason, names }, "Issuing a new server certificate");
    }
    const fresh = await issueServer(ca, names, { from: clock.now(), until: clock.now() + serverLifetime });
    await files.write("server.key", fresh.privateKey);
    await files.write("server.crt", fresh.certificate);
    return fresh;
  }

  const serverTls = (): ServerTls => ({
    key: server.privateKey,
    cert: server.certificate + ca.certificate,
    ca: ca.certificate,
  });

  return {
    caPem: ca.certificate,
    caFingerprint: fingerprintOf(ca.certificate),
    assignmentKey: createPublicKey(assignmentKey).export({ format: "pem", type: "spki" }).toString(),
    signAssignment: (headerBytes) => sign(null, headerBytes, assignmentKey),
    seal: (text) => sign(null, sealedBytes(text), assignmentKey).toString("base64"),
    isSealed: (text, seal) => verify(null, sealedBytes(text), sealKey, Buffer.from(seal, "base64")),
    async issueAgentCertificate(csr, { cluster, clusterUid, lifetimeMs = agentLifetime }) {
      const from = clock.now();
      const certificate = await issueAgent(ca, {
        csr,
        cluster,
        clusterUid,
        validity: { from, until: from + lifetimeMs },
      });
      return { certificate, ca: ca.certificate };
    },
    serverTls,
    onServerTls(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async run({ signal }) {
      try {
        for (;;) {
          await clock.sleep(12 * hour, { signal });
          const before = server;
          server = await openServer();
          if (server.certificate !== before.certificate) for (const listener of listeners) listener(serverTls());
        }
      } catch (thrown) {
        if (!signal.aborted || !(isAbort(thrown) || thrown === signal.reason)) throw thrown;
      }
    },
  };
}

async function openCa(files: KeyFiles, clock: Clock, log: Logger): Promise<KeyPair> {
  const [certificate, privateKey] = await Promise.all([files.read("ca.crt"), files.read("ca.key")]);
  if (certificate !== undefined && privateKey !== undefined) {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
      throw new AppError("FAILED_PRECONDITION", "Cannot open the hub's CA: ca.key is not the key of ca.crt");
    }
    return { certificate, privateKey };
  }
  // The certificate is written last: a key alone is a first start that was interrupted.
  if (certificate !== undefined) {
    throw new AppError(
      "FAILED_PRECONDITION",
      "Cannot open the hub's CA: ca.key is missing; restore it from the backup",
    );
  }
  const fresh = await issueCa({ from: clock.now(), until: clock.now() + caLifetime });
  await files.write("ca.key", fresh.privateKey);
  await files.write("ca.crt", fresh.certificate);
  log.info({ fingerprint: fingerprintOf(fresh.certificate) }, "Made the hub's CA");
  return fresh;
}

async function openAssignmentKey(files: KeyFiles): Promise<KeyObject> {
  const existing = await files.read("assignment.key");
  if (existing !== undefined) return createPrivateKey(existing);
  const { privateKey } = generateKeyPairSync("ed25519");
  await files.write("assignment.key", privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  return privateKey;
}

function whyReissue(server: KeyPair, ca: KeyPair, names: readonly string[], now: number): string | undefined {
  const certificate = new X509Certificate(server.certificate);
  if (!certificate.checkPrivateKey(createPrivateKey(server.privateKey))) return "its key does not fit";
  if (!certificate.verify(new X509Certificate(ca.certificate).publicKey)) return "another CA signed it";
  const unnamed = names.find(
    (name) =>
      certificate.checkHost(name, { subject: "never" }) === undefined && certificate.checkIP(name) === undefined,
  );
  if (unnamed !== undefined) return `it does not name "${unnamed}"`;
  return Date.parse(certificate.validTo) - now < serverLifetime / 3 ? "it ends soon" : undefined;
}

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
}
