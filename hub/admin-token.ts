import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";

/** The token in DATA/admin-token; made at the first start, readable by the hub's user only. */
export async function adminToken(data: string): Promise<string> {
  const file = join(data, "admin-token");
  try {
    const token = (await readFile(file, "utf8")).trim();
    if (token !== "") return token;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
  }
  await mkdir(data, { recursive: true, mode: 0o700 });
  // Not base64: what begins with "-V" would be an option where it is an argument.
  const token = randomBytes(24).toString("hex");
  await writeFileAtomic(file, `${token}\n`, { mode: 0o600 });
  return token;
}
