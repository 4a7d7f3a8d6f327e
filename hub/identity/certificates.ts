// The X.509 library needs the polyfill loaded before it.
import "reflect-metadata";
import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import { AppError } from "../../common/errors.ts";
import { clusterUri, hubUri } from "../../common/wire/index.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;

/** Makes certificates; knows nothing of files. Certificates and keys are PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Validity {
  readonly from: number;
  readonly until: number;
}

async function generateKeys(): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return { keys, pem: key.export({ format: "pem", type: "pkcs8" }).toString() };
}

async function signingKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ format: "der", type: "pkcs8" });
  return webcrypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), algorithm, false, ["sign"]);
}

/** Carries the moment of issue to the millisecond: certificates only have seconds, and a revocation may be as recent. */
function serialFor(issuedAt: number): string {
  return `01${issuedAt.toString(16).padStart(12, "0")}${randomBytes(9).toString("hex")}`;
}

export async function issueCa(validity: Validity): Promise<KeyPair> {
  const { keys, pem } = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialFor(validity.from),
    // The random part keeps two hubs' authorities apart wherever only names are shown.
    name: `CN=Drover CA ${randomBytes(4).toString("hex")}`,
    notBefore: new Date(validity.from - 24 * hour),
    notAfter: new Date(validity.until),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), privateKey: pem };
}

/** For the hub's two listeners. Backdated by a day, because clusters' clocks are not ours. */
export async function issueServer(ca: KeyPair, names: readonly string[], validity: Validity): Promise<KeyPair> {
  const { keys, pem } = await generateKeys();
  const certificate = await issue(ca, {
    subject: "CN=drover-hub",
    publicKey: keys.publicKey,
    validity: { from: validity.from - 24 * hour, until: validity.until },
    serialNumber: serialFor(validity.from),
    usage: x509.ExtendedKeyUsage.serverAuth,
    names: [
      { type: "url", value: hubUri },
      ...names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name })),
    ],
  });
  return { certificate, privateKey: pem };
}

export interface AgentCertificateRequest {
  /** PKCS#10, PEM; only its key is taken from it, every name is ours. */
  readonly csr: string;
  readonly cluster: string;
  readonly clusterUid: string;
  readonly validity: Validity;
}

/** INVALID_ARGUMENT when the request is damaged or not signed by its own key. */
export async function issueAgent(ca: KeyPair, request: AgentCertificateRequest): Promise<string> {
  const publicKey = await requestedKey(request.csr);
  return issue(ca, {
    subject: `CN=${request.cluster}`,
    publicKey,
    validity: request.validity,
    serialNumber: serialFor(request.validity.from),
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: [{ type: "url", value: clusterUri(request.cluster, request.clusterUid) }],
  });
}

async function requestedKey(csr: string): Promise<x509.PublicKey> {
  // Far above any P-256 request; the parser needs no more than that from a stranger.
  if (csr.length > 8192) throw new AppError("INVALID_ARGUMENT", "Cannot read the certificate request: it is too long");
  let request: x509.Pkcs10CertificateRequest;
  let proven = false;
  try {
    request = new x509.Pkcs10CertificateRequest(csr);
    proven = await request.verify();
  } catch (thrown) {
    throw new AppError("INVALID_ARGUMENT", "Cannot read the certificate request: it is no PKCS#10 request", {
      cause: thrown,
    });
  }
  if (!proven) {
    throw new AppError("INVALID_ARGUMENT", "Cannot accept the certificate request: its signature is not its key's");
  }
  const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (name !== "ECDSA" || namedCurve !== "P-256") {
    throw new AppError("INVALID_ARGUMENT", `Cannot accept the certificate request: its key is ${name}, not P-256`);
  }
  return request.publicKey;
}

interface IssueOptions {
  readonly subject: string;
  readonly publicKey: x509.PublicKeyType;
  readonly validity: Validity;
  readonly serialNumber: string;
  readonly usage: x509.ExtendedKeyUsage;
  readonly names: x509.JsonGeneralNames;
}

async function issue(ca: KeyPair, options: IssueOptions): Promise<string> {
  const issuer = new x509.X509Certificate(ca.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: options.serialNumber,
    subject: options.subject,
    issuer: issuer.subject,
    notBefore: new Date(options.validity.from),
    notAfter: new Date(options.validity.until),
    signingAlgorithm: algorithm,
    publicKey: options.publicKey,
    signingKey: await signingKey(createPrivateKey(ca.privateKey)),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([options.usage], true),
      new x509.SubjectAlternativeNameExtension(options.names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return pemOf(certificate);
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}
