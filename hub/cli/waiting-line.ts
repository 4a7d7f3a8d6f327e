const patienceMs = 2_000;
const clearLine = "\r\u001b[K";

export interface WaitingLineOptions {
  readonly write: (text: string) => void;
  /** Width of the terminal; undefined when there is none, and nothing is shown. */
  readonly columns: () => number | undefined;
}

/** One line that is written over, so that a person sees what a slow command waits for; quick commands never show it. */
export interface WaitingLine {
  show(text: string): void;
  /** Takes the line away before something else is written. */
  clear(): void;
  stop(): void;
}

export function createWaitingLine({ write, columns }: WaitingLineOptions): WaitingLine {
  let text = "";
  let visible = false;
  let patient = true;
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    const width = columns();
    if (width === undefined || patient || text === "") return;
    write(`${clearLine}${text.slice(0, Math.max(0, width - 1))}`);
    visible = true;
  }
  function clear(): void {
    if (visible) write(clearLine);
    visible = false;
  }
  return {
    show(next) {
      text = next;
      timer ??= setTimeout(() => {
        patient = false;
        draw();
      }, patienceMs).unref();
      draw();
    },
    clear,
    stop() {
      clearTimeout(timer);
      timer = undefined;
      patient = true;
      text = "";
      clear();
    },
  };
}
