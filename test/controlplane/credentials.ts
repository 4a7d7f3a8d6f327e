import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The user that may do everything. */
export const administrator = "drover-test-admin";

/** What the API server trusts. It survives the loss of etcd. */
export interface Credentials {
  readonly token: string;
  readonly tokenFile: string;
  readonly serviceAccountKeyFile: string;
  /** Where kube-apiserver puts the serving certificate that it makes for itself, and finds it again. */
  readonly certificateFolder: string;
  /** That certificate with its issuer, PEM; there once the server has started. */
  readonly certificateFile: string;
  readonly certificateKeyFile: string;
}

/** Those that `folder` has, else new ones. */
export function ensureCredentials(folder: string): Credentials {
  const certificateFolder = join(folder, "certificates");
  const files = {
    tokenFile: join(folder, "tokens.csv"),
    serviceAccountKeyFile: join(folder, "service-account.key"),
    certificateFolder,
    certificateFile: join(certificateFolder, "apiserver.crt"),
    certificateKeyFile: join(certificateFolder, "apiserver.key"),
  };
  mkdirSync(certificateFolder, { recursive: true });
  if (!existsSync(files.tokenFile)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(files.serviceAccountKeyFile, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
    const token = randomBytes(24).toString("base64url");
    writeFileSync(files.tokenFile, `${token},${administrator},${administrator},"system:masters"\n`, { mode: 0o600 });
  }
  const [token = ""] = readFileSync(files.tokenFile, "utf8").split(",");
  return { token, ...files };
}
