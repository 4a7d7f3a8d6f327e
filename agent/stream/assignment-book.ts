import type { AssignmentHeader, Digest, HeldGeneration } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { AgentIdentity, AgentStore, StoredAssignment } from "../ports.ts";
import { type ContentTree, openContentTree } from "./content-tree.ts";
import { decideEpoch } from "./epoch.ts";
import type { HeldAssignment } from "./ports.ts";
import { type SignedHeader, verifyAssignment } from "./verify-assignment.ts";

/** What this agent holds, of which epoch it trusts the absences, and what becomes of a new assignment. */
export interface AssignmentBook {
  held(): readonly HeldAssignment[];
  /** For Hello; `applied` knows how far each was applied. */
  greeting(applied: readonly HeldGeneration[]): { readonly epoch: string; readonly held: readonly HeldGeneration[] };
  /** The header if this is to be held: genuine and not older than what is held. Throws with the reason otherwise. */
  verify(signed: SignedHeader): AssignmentHeader;
  /** True when exactly these bytes are held already. */
  holds(signed: SignedHeader, header: AssignmentHeader): boolean;
  /** Makes it the held one; its contents are in the store. */
  adopt(signed: SignedHeader, header: AssignmentHeader, tree: ContentTree): Promise<HeldAssignment>;
  /** Forgets environments that are not among these. Nothing while the epoch is not trusted. Gives back what was released. */
  release(epoch: string, environments: ReadonlySet<string>): Promise<readonly string[]>;
  /** Removes contents that nothing held needs. */
  sweep(): Promise<void>;
}

interface StoredBook {
  readonly trustedEpoch?: string;
  /** Environment → root of the last assignment whose absences were trusted. */
  readonly trustedDigests?: Readonly<Record<string, Digest>>;
  /** Environment → application → digest of the newest body the hub produced for it. */
  readonly lastGood?: Readonly<Record<string, Readonly<Record<string, Digest>>>>;
}

const documentName = "epoch";

export async function openAssignmentBook(options: {
  readonly store: AgentStore;
  readonly identity: () => AgentIdentity;
  readonly log: Logger;
}): Promise<AssignmentBook> {
  const { store, identity, log } = options;
  const stored = ((await store.document(documentName)) ?? {}) as StoredBook;
  let trusted = stored.trustedEpoch;
  const trustedDigests = new Map(Object.entries(stored.trustedDigests ?? {}));
  const lastGood = new Map(Object.entries(stored.lastGood ?? {}));
  const held = new Map<string, HeldAssignment>();

  for (const assignment of await store.assignments()) {
    try {
      const header = verifyAssignment(assignment.signedHeader, identity());
      held.set(header.environment, heldAssignment({ ...assignment, header }));
    } catch (thrown) {
      const reason = toAppError(thrown).message;
      log.error({ environment: assignment.header.environment, reason }, "Ignoring a stored assignment");
    }
  }

  function heldAssignment(assignment: StoredAssignment): HeldAssignment {
    return {
      assignment,
      absenceIsTrusted: trusted === undefined || trusted === assignment.header.epoch,
      lastGood: lastGood.get(assignment.header.environment) ?? {},
    };
  }

  const save = () =>
    store.saveDocument(documentName, {
      ...(trusted === undefined ? {} : { trustedEpoch: trusted }),
      trustedDigests: Object.fromEntries(trustedDigests),
      lastGood: Object.fromEntries(lastGood),
    } satisfies StoredBook);

  return {
    held: () => [...held.values()],
    greeting(applied) {
      const headers = [...held.values()].map(({ assignment }) => assignment.header);
      const epochs = new Set(headers.map(({ epoch }) => epoch));
      return {
        // With several, the hub sends every assignment anew, and then there is one.
        epoch: epochs.size === 1 ? ([...epochs][0] as string) : "",
        held: headers.map(({ environment, generation, digest }) => ({
          environment,
          generation,
          digest,
          appliedGeneration: applied.find((entry) => entry.environment === environment)?.appliedGeneration ?? 0,
        })),
      };
    },
    verify(signed) {
      const header = verifyAssignment(signed, identity());
      const mine = held.get(header.environment)?.assignment.header;
      if (mine?.epoch === header.epoch && header.generation < mine.generation) {
        throw new AppError(
          "FAILED_PRECONDITION",
          `Cannot accept generation ${header.generation} of environment "${header.environment}": generation ${mine.generation} is held already`,
        );
      }
      return header;
    },
    holds(signed, header) {
      const mine = held.get(header.environment)?.assignment.signedHeader;
      return mine !== undefined && Buffer.compare(mine.header, signed.header) === 0;
    },
    async adopt(signedHeader, header, tree) {
      const { environment } = header;
      const decision = decideEpoch(trusted, trustedDigests.get(environment), header);
      if (!decision.absenceIsTrusted) {
        log.warn(
          { environment, epoch: header.epoch, trusted },
          "The hub has a new epoch: pruning nothing until an operator confirms it",
        );
      }
      const before = lastGood.get(environment) ?? {};
      const kept = [...tree.held].flatMap((name) =>
        before[name] === undefined ? [] : [[name, before[name]] as const],
      );
      lastGood.set(environment, Object.fromEntries([...tree.applications, ...kept]));
      trusted = decision.trusted;
      if (decision.absenceIsTrusted) trustedDigests.set(environment, header.digest);
      // First, so that after a crash in between an assignment is never trusted more than it was.
      await save();
      await store.saveAssignment({ header, signedHeader });
      const adopted = {
        ...heldAssignment({ header, signedHeader }),
        absenceIsTrusted: decision.absenceIsTrusted,
      };
      held.set(environment, adopted);
      return adopted;
    },
    async release(epoch, environments) {
      const gone = [...held.keys()].filter((environment) => !environments.has(environment));
      if (gone.length === 0) return [];
      if (trusted !== undefined && trusted !== epoch) {
        log.warn({ environments: gone, epoch, trusted }, "A hub with a new epoch does not know these: keeping them");
        return [];
      }
      for (const environment of gone) {
        await store.removeAssignment(environment);
        held.delete(environment);
        lastGood.delete(environment);
        trustedDigests.delete(environment);
      }
      await save();
      return gone;
    },
    async sweep() {
      const keep = new Set<Digest>();
      for (const { assignment, lastGood } of held.values()) {
        const tree = await openContentTree(store, assignment.header.digest, Object.values(lastGood));
        for (const digest of tree.contents) keep.add(digest);
      }
      await store.sweep(keep);
    },
  };
}
