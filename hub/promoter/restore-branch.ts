import type { Clock } from "../../common/async/index.ts";
import type { Environment } from "../../common/domain/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type MachineIdentity, treeTrailer } from "../drive/index.ts";
import type { GitSource, Revision } from "../ports.ts";

export interface RestoreDependencies {
  readonly git: GitSource;
  readonly identity: MachineIdentity;
  readonly requestFetch: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Lets a branch that somebody moved say again what it said at `seen`: by a commit on top, so that nothing is forced and nobody's
 * work is lost. ABORTED when somebody moves it at the same time.
 */
export async function restoreBranch(
  { git, identity, requestFetch, clock, log }: RestoreDependencies,
  { name, branch }: Environment,
  seen: Revision,
): Promise<void> {
  const tip = git.branches().get(branch);
  const subject = `Restore ${name} to ${seen.slice(0, 12)}: its branch was moved by hand`;
  const author = { ...identity, at: new Date(clock.now()).toISOString() };
  const message = `${subject}\n\n${treeTrailer}: ${seen}\n`;
  const made = tip === undefined ? seen : await git.makeCommit({ treeOf: seen, parents: [tip], author, message });
  await git.push(branch, { from: tip, to: made });
  log.warn({ audit: true, actor: "drover", action: "restore", environment: name, from: tip, to: made }, subject);
  await requestFetch();
}
