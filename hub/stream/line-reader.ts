import { AppError, toAppError } from "../../common/errors.ts";

const newline = 0x0a;
/** Of one value. */
const maxLineBytes = 32 * 1024 * 1024;

/** Lines of JSON that were cut anywhere, as values. INVALID_ARGUMENT for what is none. */
export function createLineReader(): (piece: Buffer) => Iterable<unknown> {
  let begun: Buffer[] = [];
  let bytes = 0;

  return function* read(piece) {
    let start = 0;
    for (let end = piece.indexOf(newline); end !== -1; end = piece.indexOf(newline, start)) {
      const line = Buffer.concat([...begun, piece.subarray(start, end)]);
      begun = [];
      bytes = 0;
      start = end + 1;
      yield parsed(line);
    }
    if (start === piece.length) return;
    begun.push(piece.subarray(start));
    bytes += piece.length - start;
    if (bytes > maxLineBytes) throw new AppError("INVALID_ARGUMENT", "The agent's answer is too large");
  };
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch (thrown) {
    throw new AppError("INVALID_ARGUMENT", `Cannot read the agent's answer: ${toAppError(thrown).message}`);
  }
}
