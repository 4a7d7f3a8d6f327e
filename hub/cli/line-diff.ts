/** " same", "-gone", "+new". */
export type DiffLine = string;

/** More lines are shown as all gone and all new. */
const maxCells = 4_000_000;

/** Line by line, with `context` equal lines around what differs; "…" stands for those left out. */
export function lineDiff(before: string, after: string, context = 2): readonly DiffLine[] {
  const [was, is] = [before.split("\n"), after.split("\n")];
  const all = was.length * is.length > maxCells ? allDifferent(was, is) : merged(was, is);
  const isNear = all.map((_, index) =>
    all.slice(Math.max(0, index - context), index + context + 1).some((line) => !line.startsWith(" ")),
  );
  return all.flatMap((line, index) => {
    if (isNear[index] === true) return [line];
    return index > 0 && isNear[index - 1] !== true ? [] : [" …"];
  });
}

function allDifferent(was: readonly string[], is: readonly string[]): readonly DiffLine[] {
  return [...was.map((line) => `-${line}`), ...is.map((line) => `+${line}`)];
}

/** By the longest common subsequence. */
function merged(was: readonly string[], is: readonly string[]): readonly DiffLine[] {
  const width = is.length + 1;
  const common = new Uint32Array((was.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = was.length - 1; row >= 0; row--) {
    for (let column = is.length - 1; column >= 0; column--) {
      common[row * width + column] =
        was[row] === is[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < was.length || column < is.length) {
    if (row < was.length && column < is.length && was[row] === is[column]) {
      lines.push(` ${was[row++]}`);
      column++;
    } else if (row < was.length && (column === is.length || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(`-${was[row++]}`);
    } else lines.push(`+${is[column++]}`);
  }
  return lines;
}
