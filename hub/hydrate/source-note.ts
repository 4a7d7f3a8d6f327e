import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { MachineIdentity } from "../drive/index.ts";
import type { GitSource, Revision } from "../ports.ts";

const attempts = 5;

/**
 * Notes beside a hydrated commit that it stands for a newer one too, for others that read such branches. Nothing of the hub's own
 * hangs on it: a server that refuses it is only reported.
 */
export async function noteSource(
  { git, identity, log }: { readonly git: GitSource; readonly identity: MachineIdentity; readonly log: Logger },
  hydrated: Revision,
  source: Revision,
): Promise<void> {
  const text = `${JSON.stringify({ drySha: source })}\n`;
  const notes = git.hydrationNotes;
  try {
    const { author } = await git.commit(source);
    for (let attempt = 1; ; attempt++) {
      const from = notes.tip();
      const [present] = from === undefined ? [] : await notes.read(from, [hydrated]);
      if (present === text) return;
      const message = `Hydrated ${source.slice(0, 12)} without a change`;
      const texts = new Map([[hydrated, text]]);
      const to = await notes.make({ on: from, texts, author: { ...identity, at: author.at }, message });
      try {
        return await notes.push({ from, to });
      } catch (thrown) {
        if (toAppError(thrown).code !== "ABORTED" || attempt >= attempts) throw thrown;
        await git.fetch();
      }
    }
  } catch (thrown) {
    log.warn({ hydrated, source, reason: toAppError(thrown).message }, "cannot note what a rendered branch stands for");
  }
}
