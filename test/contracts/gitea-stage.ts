import { randomUUID } from "node:crypto";
import { forgeAddress, openForge } from "../../hub/forge/index.ts";
import { type ForgeServer, type ForgeUser, startForge } from "../forge/index.ts";
import type { ForgeStage } from "./forge.ts";

export interface GiteaStage extends ForgeStage {
  /** A new commit that adds one file. */
  commit(branch: string, path?: string, text?: string): Promise<string>;
  readonly gitea: ForgeServer;
  /** "/repos/keeper/fleet". */
  readonly repository: string;
  /** Of the repository, for git. */
  readonly url: string;
  /** The hub's user. */
  readonly drover: ForgeUser;
  /** A person. */
  readonly ann: ForgeUser;
  /** "squash" makes one commit of all, which has nothing of the head but its files. */
  mergeByHand(number: number, style?: "merge" | "squash"): Promise<void>;
}

/** A real Gitea with one repository, to which the hub's user and a person may write. */
export async function startGiteaStage(): Promise<GiteaStage> {
  const gitea = await startForge();
  const [drover, ann] = [await gitea.createUser("drover"), await gitea.createUser("ann")];
  const { owner, name, url } = await gitea.createRepository("fleet");
  const repository = `/repos/${owner}/${name}`;
  for (const user of [drover, ann]) {
    const body = { permission: "write" };
    await gitea.request({ method: "PUT", path: `${repository}/collaborators/${user.name}`, body });
  }
  const address = forgeAddress(url, { kind: "gitea", web: undefined });
  const forgeWith = (token: string) => openForge({ address, token: { text: token }, trunk: "main" });

  async function tip(branch: string): Promise<string> {
    const path = `${repository}/branches/${encodeURIComponent(branch)}`;
    return (await gitea.request<{ commit: { id: string } }>({ path })).commit.id;
  }

  return {
    gitea,
    repository,
    url,
    drover,
    ann,
    forge: await forgeWith(drover.token),
    forgeWith,
    tip,
    async branch(name) {
      const body = { new_branch_name: name, old_ref_name: "main" };
      await gitea.request({ method: "POST", path: `${repository}/branches`, body });
    },
    async commit(branch, path = randomUUID(), text = "") {
      const exists = await tip(branch).then(
        () => true,
        () => false,
      );
      const made = await gitea.request<{ commit: { sha: string } }>({
        method: "POST",
        path: `${repository}/contents/${path}`,
        body: {
          content: Buffer.from(text).toString("base64"),
          message: "A change",
          ...(exists ? { branch } : { branch: "main", new_branch: branch }),
        },
      });
      return made.commit.sha;
    },
    async mergeByHand(number, style = "merge") {
      const path = `${repository}/pulls/${number}/merge`;
      const merge = () => gitea.request({ method: "POST", path, body: { Do: style }, token: ann.token });
      for (let attempt = 0; ; attempt++) {
        const done = await merge().then(
          () => true,
          (thrown: Error) => {
            // It still looks whether the branches fit together.
            if (!/try again later/.test(thrown.message) || attempt > 100) throw thrown;
            return false;
          },
        );
        if (done) return;
      }
    },
    async closeByHand(number) {
      const path = `${repository}/pulls/${number}`;
      await gitea.request({ method: "PATCH", path, body: { state: "closed" }, token: ann.token });
    },
    async comments(number) {
      const path = `${repository}/issues/${number}/comments`;
      return (await gitea.request<readonly { readonly body: string }[]>({ path })).map(({ body }) => body);
    },
    async protect(branch) {
      const body = { rule_name: branch, enable_status_check: true, status_check_contexts: ["required"] };
      await gitea.request({ method: "POST", path: `${repository}/branch_protections`, body });
    },
    stop: () => gitea.stop(),
    [Symbol.asyncDispose]: () => gitea.stop(),
  };
}
