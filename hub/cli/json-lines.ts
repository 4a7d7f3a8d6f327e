import { parseAnswer, refusal } from "./answers.ts";

/** Lines of JSON, cut anywhere; empty ones only keep the connection alive. A line that is an error is thrown. */
export async function* parseLines(body: AsyncIterable<Uint8Array>, base: string): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  for await (const piece of body) {
    const [first = "", ...more] = decoder.decode(piece, { stream: true }).split("\n");
    rest.push(first);
    for (const next of more) {
      const line = rest.join("");
      rest = [next];
      if (line !== "") yield valueOf(line, base);
    }
  }
}

function valueOf(line: string, base: string): unknown {
  const value = parseAnswer(line, base);
  const isError = (value as { error?: unknown } | undefined)?.error instanceof Object;
  if (isError) throw refusal(500, line, base);
  return value;
}
