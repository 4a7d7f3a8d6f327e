import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { digestOf } from "../../common/domain/index.ts";
import { createAgentStore } from "./index.ts";

// oxlint-disable-next-line no-empty-pattern -- vitest reads the pattern
const test = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "drover-agent-store-"));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

test("createAgentStore() makes directories 0700 and files 0600", async ({ folder }) => {
  const directory = join(folder, "data");
  const store = await createAgentStore(directory);
  await store.saveDocument("epoch", 1);
  await store.saveContent(digestOf("a"), Buffer.from("a"));
  const modes: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const { mode } = await stat(join(entry.parentPath, entry.name));
    modes[entry.isDirectory() ? "directory" : "file"] = (mode & 0o777).toString(8);
  }
  await store.close();
  expect({ ...modes, root: ((await stat(directory)).mode & 0o777).toString(8) }).toEqual({
    directory: "700",
    file: "600",
    root: "700",
  });
});

test("createAgentStore() refuses a directory that another agent uses, and takes it once that is closed", async ({
  folder,
}) => {
  const first = await createAgentStore(folder);
  await expect(createAgentStore(folder)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: `Cannot use directory "${folder}": process ${process.pid} uses it; give each agent its own --data directory`,
  });
  await first.close();
  await (await createAgentStore(folder)).close();
});

test("createAgentStore() takes over from a process that was killed", async ({ folder }) => {
  const script = `import { createAgentStore } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
    await createAgentStore(${JSON.stringify(folder)}); console.log("open"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
  await once(child.stdout, "data");
  await expect(createAgentStore(folder)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await createAgentStore(folder)).close();
});

test("createAgentStore() does not take a new process for the holder because it has its number", async ({ folder }) => {
  // What a container leaves behind: there every agent is process 1.
  await writeFile(join(folder, "lock"), JSON.stringify({ pid: process.pid, started: "1", host: hostname() }));
  await (await createAgentStore(folder)).close();
});

test("createAgentStore() takes over a damaged lock and removes unfinished files", async ({ folder }) => {
  await writeFile(join(folder, "lock"), "");
  await mkdir(join(folder, "tmp"));
  await writeFile(join(folder, "tmp", "half"), "{");
  const store = await createAgentStore(folder);
  expect(await readdir(join(folder, "tmp"))).toEqual([]);
  await store.close();
  expect(await readdir(folder)).toEqual(["assignments", "contents", "documents", "tmp"]);
});

test("identity() of a damaged file says which file", async ({ folder }) => {
  await writeFile(join(folder, "identity.json"), "{");
  const store = await createAgentStore(folder);
  await expect(store.identity()).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: `Cannot read "${join(folder, "identity.json")}": not JSON; remove the file to go on without it`,
  });
  await store.close();
});

test("assignments() drops a damaged one: the hub offers it again", async ({ folder }) => {
  const store = await createAgentStore(folder);
  await writeFile(join(folder, "assignments", "prod.json"), "{");
  expect(await store.assignments()).toEqual([]);
  await expect(readFile(join(folder, "assignments", "prod.json"))).rejects.toMatchObject({ code: "ENOENT" });
  await store.close();
});
