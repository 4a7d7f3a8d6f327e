import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { init } from "isomorphic-git";
import { type DemoGitServer, startDemoGitServer, startGitServer } from "../git-server/index.ts";
import { describeGitNotes } from "./git-notes.ts";
import { describeGitSource } from "./git-source.ts";
import { describeGitSourceFaults } from "./git-source-faults.ts";
import type { RepositoryServer } from "./git-source-fixture.ts";

for (const prefer of ["native", "isomorphic"] as const) {
  describeGitSource(`${prefer}, from git http-backend`, prefer, () => startGitServer());
  describeGitSource(`${prefer}, from the demo's server`, prefer, startDemoServers);
  describeGitNotes(`${prefer}, from git http-backend`, prefer, () => startGitServer());
  describeGitNotes(`${prefer}, from the demo's server`, prefer, startDemoServers);
  describeGitSourceFaults(prefer, prefer);
}

/** The demo's server has one repository each. */
async function startDemoServers(): Promise<RepositoryServer> {
  const root = await mkdtemp(join(tmpdir(), "drover-demo-servers-"));
  const servers: DemoGitServer[] = [];
  return {
    async createRepository(name) {
      const dir = join(root, `${name}.git`);
      await init({ fs, gitdir: dir, bare: true, defaultBranch: "main" });
      const server = await startDemoGitServer({ dir });
      servers.push(server);
      return { url: server.url, cloneUrl: server.url };
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      await rm(root, { recursive: true, force: true });
    },
  };
}
