const newline = 0x0a;

/**
 * Cuts a byte stream into lines, decoded as UTF-8. Lines are cut before they are decoded, so a character that is split
 * over chunks stays whole, and a line of many chunks is joined once.
 */
export function createLineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let begun: Buffer[] = [];

  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end);
      const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      start = end + 1;
      if (line.length > 0) onLine(line.toString("utf8"));
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  };
}
