import type { Ack, Digest, HeldGeneration } from "../../common/domain/index.ts";
import { hubMessage } from "../../common/wire/index.ts";
import type { AgentDesk, Greeting, Offer } from "../ports.ts";
import type { Outbox } from "./outbox.ts";
import type { ContentList, Packer } from "./packs.ts";

export interface OffersOptions {
  readonly cluster: string;
  readonly greeting: Greeting;
  readonly desk: AgentDesk;
  readonly outbox: Outbox;
  readonly packer: Packer;
  readonly pushed: PushMemory;
  readonly sendWelcome: (environments: readonly string[]) => void;
}

/** By cluster and environment, over all streams: the root whose contents were pushed and not acknowledged yet. */
export type PushMemory = Map<string, Digest>;

/** Desired state towards one agent: what it holds, what it was sent, what is new. */
export interface Offers {
  /** Compares the desk's offers with what the agent holds or was sent; cheap, idempotent. */
  refresh(): void;
  acknowledged(ack: Ack): void;
  /** Sends a message about content that is not offered, and the difference from what the agent holds behind it. */
  show(slot: string, about: { readonly environment: string; readonly root: Digest; readonly message: Buffer }): void;
  want(digests: readonly { readonly digest: Digest; readonly offset: number }[]): void;
}

export function createOffers(options: OffersOptions): Offers {
  const { cluster, greeting, desk, outbox, packer, pushed } = options;
  const held = new Map<string, { readonly generation: number; readonly digest: Digest }>(
    greeting.held.map((entry): [string, HeldGeneration] => [entry.environment, entry]),
  );
  const sent = new Map<string, Buffer>();
  let welcomed: string | undefined;

  /** The agent would learn nothing from this offer. */
  function isHeld({ header }: Offer): boolean {
    const mine = held.get(header.environment);
    return (
      // Confirmations are not part of the digest, and the agent may have missed them.
      !header.epochConfirmed &&
      (header.confirmedPrunes ?? []).length === 0 &&
      greeting.epoch === header.epoch &&
      mine?.generation === header.generation &&
      mine.digest === header.digest
    );
  }

  /**
   * What follows an assignment: the difference from what the agent holds. When this very content was pushed before and never
   * acknowledged, the stream was cut in between: the agent has a part of it and asks for the rest, from where it was.
   */
  function contentsFor(offer: Offer): ContentList | undefined {
    const { environment, digest } = offer.header;
    const base = held.get(environment)?.digest;
    if (base === digest) return undefined;
    const memory = `${cluster} ${environment}`;
    if (pushed.get(memory) === digest) return undefined;
    pushed.set(memory, digest);
    return packer.difference(digest, base === "" ? undefined : base);
  }

  return {
    refresh() {
      const offers = desk.offers(cluster);
      const environments = offers.map(({ header }) => header.environment).sort();
      const key = environments.join(" ");
      if (key !== welcomed) {
        welcomed = key;
        options.sendWelcome(environments);
      }
      for (const environment of sent.keys()) {
        if (environments.includes(environment)) continue;
        sent.delete(environment);
        held.delete(environment);
        pushed.delete(`${cluster} ${environment}`);
        outbox.assign(environment, undefined);
      }
      for (const offer of offers) {
        const { environment } = offer.header;
        if (sent.get(environment)?.equals(offer.headerBytes) === true) continue;
        const isNew = sent.has(environment) || !isHeld(offer);
        sent.set(environment, offer.headerBytes);
        if (!isNew) continue;
        const { headerBytes, signature } = offer;
        outbox.assign(environment, {
          message: () => hubMessage.encode({ assignment: { header: headerBytes, signature } }),
          contents: () => contentsFor(offer),
        });
      }
    },
    acknowledged({ environment, generation, digest, phase }) {
      if (phase === "rejected") return;
      const mine = held.get(environment);
      if (mine !== undefined && mine.generation > generation && phase !== "received") return;
      held.set(environment, { generation, digest });
      const memory = `${cluster} ${environment}`;
      if (pushed.get(memory) === digest) pushed.delete(memory);
    },
    show(slot, { environment, root, message }) {
      const contents = () => {
        const base = held.get(environment)?.digest;
        return packer.difference(root, base === "" ? undefined : base);
      };
      outbox.assign(slot, { message: () => message, contents });
    },
    want(digests) {
      const whole = digests.filter(({ offset }) => offset === 0).map(({ digest }) => digest);
      for (const { digest, offset } of digests) {
        if (offset > 0) outbox.want({ digests: [digest] }, { index: 0, offset });
      }
      if (whole.length > 0) outbox.want({ digests: whole }, { index: 0, offset: 0 });
    },
  };
}
