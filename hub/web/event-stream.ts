/** What a change names; the rest of the API's JSON says what it is now. */
export interface Change {
  readonly kind: "cluster" | "environment" | "application" | "object" | "drift" | "promotion" | "rollout";
  readonly environment?: string;
  readonly cluster?: string;
  readonly application?: string;
}

/** What came in one piece; "everything" when all is to be read again. */
export type Batch = readonly Change[] | "everything";

/** Takes server-sent events apart, piece of text by piece of text. */
export function createEventParser(): (piece: string) => Batch {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    const changes: Change[] = [];
    for (const block of blocks) {
      const [, event] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (event === "resync") return "everything";
      if (event === "change" && data !== undefined) changes.push(JSON.parse(data) as Change);
    }
    return changes;
  };
}
