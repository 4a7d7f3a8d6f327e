import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import type { Cancellable, CommitSignature } from "../ports.ts";

/** A signature for another purpose is none for a commit; git's own word for it. */
const namespace = "git";
const maxOutput = 64 * 1024;
const timeoutMs = 10_000;

/** OpenSSH signatures, made and judged by OpenSSH's own program. */
export interface SshKeygen {
  /** With the private key in this file; a key with a passphrase is refused. */
  sign(keyFile: string, payload: Buffer, options?: Cancellable): Promise<string>;
  /** "ssh-ed25519 AAAA…" of a private key. */
  publicKey(keyFile: string): Promise<string>;
  /** Whose it is, of those that the file allows; undefined: nobody's. */
  signer(allowedSignersFile: string, signature: CommitSignature, options?: Cancellable): Promise<string | undefined>;
}

export function createSshKeygen(env: NodeJS.ProcessEnv): SshKeygen {
  async function run(args: readonly string[], stdin: Buffer, signal?: AbortSignal) {
    const limit = AbortSignal.timeout(timeoutMs);
    const child = spawn("ssh-keygen", args, {
      // Nobody is asked for a passphrase.
      env: { PATH: env["PATH"], LC_ALL: "C", SSH_ASKPASS_REQUIRE: "never" },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const ended = once(child, "close") as Promise<[number | null]>;
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout = (stdout + text).slice(0, maxOutput);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(0, maxOutput);
    });
    try {
      const [code] = await ended;
      return { code: code ?? -1, stdout, stderr: stderr.trim().replaceAll(/\s+/g, " ") };
    } catch (thrown) {
      signal?.throwIfAborted();
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") {
        throw new AppError("FAILED_PRECONDITION", "Cannot use SSH signatures: ssh-keygen is not on the PATH");
      }
      throw new AppError("UNAVAILABLE", "Cannot use SSH signatures: ssh-keygen did not answer", { cause: thrown });
    }
  }

  return {
    async sign(keyFile, payload, { signal } = {}) {
      const { code, stdout, stderr } = await run(["-q", "-Y", "sign", "-n", namespace, "-f", keyFile], payload, signal);
      if (code === 0) return stdout;
      throw new AppError("FAILED_PRECONDITION", `Cannot sign a commit with the key in "${keyFile}": ${stderr}`);
    },
    async publicKey(keyFile) {
      const { code, stdout, stderr } = await run(["-y", "-P", "", "-f", keyFile], Buffer.alloc(0));
      if (code === 0) return stdout.trim();
      throw new AppError(
        "FAILED_PRECONDITION",
        `Cannot read the signing key in "${keyFile}": ${stderr}: expected an OpenSSH private key without a passphrase`,
      );
    },
    async signer(allowedSignersFile, { payload, armoured }, { signal } = {}) {
      const folder = await mkdtemp(join(tmpdir(), "drover-signature-"));
      try {
        const file = join(folder, "signature");
        await writeFile(file, armoured);
        const common = ["-f", allowedSignersFile, "-s", file];
        const found = await run(["-Y", "find-principals", ...common], Buffer.alloc(0), signal);
        const [principal] = found.stdout.split("\n");
        if (found.code !== 0 || principal === undefined || principal === "") return undefined;
        const verify = ["-q", "-Y", "verify", "-n", namespace, "-I", principal, ...common];
        return (await run(verify, payload, signal)).code === 0 ? principal : undefined;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
