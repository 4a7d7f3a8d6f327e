import type { FleetChange } from "../surfaces.ts";

/** Changes that arrived together; "everything" when all is to be read again. */
export type Batch = readonly FleetChange[] | "everything";

/** Server-sent events, batch by batch: what came in one piece is looked at together. */
export async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<Batch> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    const batch = batchOf(blocks);
    if (batch.length > 0) yield batch;
  }
}

function batchOf(blocks: readonly string[]): Batch {
  const changes: FleetChange[] = [];
  for (const block of blocks) {
    const [, event] = /^event: (.*)$/m.exec(block) ?? [];
    const [, data] = /^data: (.*)$/m.exec(block) ?? [];
    if (event === "resync") return "everything";
    if (event === "change" && data !== undefined) changes.push(JSON.parse(data) as FleetChange);
  }
  return changes;
}
