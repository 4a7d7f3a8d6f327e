import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkNode, lockDemo } from "./preflight.ts";

test("checkNode() refuses what is too old", () => {
  for (const good of ["v20.19.0", "v20.20.2", "v22.0.0", "v24.1.0"]) checkNode(good);
  for (const old of ["v20.18.3", "v18.20.0"]) {
    expect(() => checkNode(old)).toThrow(`Node.js ${old} is too old: Drover needs 20.19 or newer`);
  }
});

test("lockDemo() names the process that runs already", async () => {
  const folder = mkdtempSync(join(tmpdir(), "drover-demo-lock-"));
  try {
    const release = await lockDemo(folder);
    await expect(lockDemo(folder)).rejects.toThrow(`The demo runs in this folder already (process ${process.pid})`);
    await release();
    await (await lockDemo(folder))();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
