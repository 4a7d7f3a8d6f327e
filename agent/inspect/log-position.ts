/**
 * How far a container's log was read, by the times that its lines carry: whoever is cut off goes on behind the last line, none twice
 * and none left out.
 */
export interface LogPosition {
  /** The line without its time; undefined when it was read before. */
  take(line: string): string | undefined;
  /** What is to be asked for next: from the second of the last line on. Undefined before the first line. */
  since(): string | undefined;
  /** A new answer begins, to what since() said. */
  resume(): void;
  /** Some lines had no time: where to go on cannot be told. */
  isLost(): boolean;
}

const timed = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/;

/** `isPartial`: what was asked for at first is not all of the log. */
export function createLogPosition({ isPartial = false } = {}): LogPosition {
  /** Second of the newest line, in milliseconds since 1970. */
  let second = Number.NEGATIVE_INFINITY;
  let newest = "";
  /** Of the first line that was taken: those before were not asked for. */
  let oldest = "";
  /** Lines of that second, in the order of the log. */
  let inSecond = 0;
  let toSkip = 0;
  let lost = false;
  /** What became of the last line with a time: a line that was cut goes with its beginning. */
  let wasSkipped = false;

  return {
    take(line) {
      const found = timed.exec(line);
      if (found === null) {
        lost ||= newest === "";
        return wasSkipped ? undefined : line;
      }
      const [prefix, date = "", fraction = "", zone = ""] = found;
      const itsSecond = Date.parse(`${date}${zone}`);
      const time = `${new Date(itsSecond).toISOString()}${fraction.padEnd(9, "0")}`;
      const isOlder = isPartial && time < oldest;
      wasSkipped = isOlder || (toSkip > 0 && time <= newest);
      if (wasSkipped) {
        if (!isOlder) toSkip -= 1;
        return undefined;
      }
      if (oldest === "") oldest = time;
      if (itsSecond > second) {
        second = itsSecond;
        inSecond = 0;
      }
      if (itsSecond === second) inSecond += 1;
      if (time > newest) newest = time;
      return line.slice(prefix.length);
    },
    since: () => (newest === "" ? undefined : `${new Date(second).toISOString().slice(0, 19)}Z`),
    resume() {
      toSkip = inSecond;
      wasSkipped = false;
    },
    isLost: () => lost,
  };
}
