import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgentStore } from "../../agent/store/index.ts";
import { createFakeAgentStore } from "../fakes/fake-agent-store.ts";
import { describeAgentStore } from "./agent-store.ts";

describeAgentStore("in memory", async () => {
  const store = createFakeAgentStore();
  return { store, reopen: async () => store, damage: store.damage, close: store.close };
});

describeAgentStore("on a directory", async () => {
  const folder = await mkdtemp(join(tmpdir(), "drover-agent-store-"));
  const opened = [await createAgentStore(folder)];
  return {
    store: opened[0]!,
    async reopen() {
      await opened.at(-1)?.close();
      const next = await createAgentStore(folder);
      opened.push(next);
      return next;
    },
    async damage(digest) {
      const path = join(folder, "contents", "1.pack");
      const bytes = await readFile(path);
      bytes.writeUInt8(33, bytes.indexOf(Buffer.from(digest, "hex")) + 36);
      await writeFile(path, bytes);
    },
    async close() {
      await opened.at(-1)?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
