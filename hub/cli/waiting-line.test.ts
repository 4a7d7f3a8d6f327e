import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWaitingLine } from "./waiting-line.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function written(columns: number | undefined, use: (line: ReturnType<typeof createWaitingLine>) => void): string[] {
  const texts: string[] = [];
  use(createWaitingLine({ write: (text) => texts.push(text), columns: () => columns }));
  return texts;
}

test("createWaitingLine() shows the newest text after two seconds, cut to the width, and takes it away", () => {
  const texts = written(12, (line) => {
    line.show("first");
    line.show("second");
    vi.advanceTimersByTime(2_000);
    line.show("a third that is long");
    line.clear();
    line.clear();
    line.stop();
  });
  expect(texts).toEqual(["\r\u001b[Ksecond", "\r\u001b[Ka third tha", "\r\u001b[K"]);
});

test("createWaitingLine() shows nothing of a quick command, nor without a terminal", () => {
  const quick = written(80, (line) => {
    line.show("first");
    vi.advanceTimersByTime(1_900);
    line.stop();
    vi.advanceTimersByTime(10_000);
  });
  const piped = written(undefined, (line) => {
    line.show("first");
    vi.advanceTimersByTime(10_000);
    line.stop();
  });
  expect([quick, piped]).toEqual([[], []]);
});
