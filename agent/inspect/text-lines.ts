const newline = 0x0a;
/** A longer line is cut. */
const maxLineBytes = 64 * 1024;

/** Cuts bytes into lines of text; a character or a line that is split over pieces stays whole. */
export interface TextLines {
  read(piece: Buffer): readonly string[];
  /** What came after the last line end. */
  rest(): readonly string[];
}

export function createTextLines(): TextLines {
  let begun: Buffer = Buffer.alloc(0);

  return {
    read(piece) {
      const bytes = begun.length === 0 ? piece : Buffer.concat([begun, piece]);
      const lines: string[] = [];
      let start = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        lines.push(bytes.subarray(start, end).toString("utf8"));
        start = end + 1;
      }
      while (bytes.length - start > maxLineBytes) {
        lines.push(bytes.subarray(start, start + maxLineBytes).toString("utf8"));
        start += maxLineBytes;
      }
      begun = Buffer.from(bytes.subarray(start));
      return lines;
    },
    rest() {
      const text = begun.toString("utf8");
      begun = Buffer.alloc(0);
      return text === "" ? [] : [text];
    },
  };
}
