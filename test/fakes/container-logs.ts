import type { ServerResponse } from "node:http";
import type { ContainerLog } from "./fake-kubelet.ts";

/** Logs of containers as a kubelet keeps them: of each the present run and the one before. */
export interface ContainerLogs {
  /** For a FakeKubelet. */
  readonly log: ContainerLog;
  /** Lines of the present run; each is written 100 ms after the one before, by the container's own clock. */
  write(container: string, ...lines: readonly string[]): void;
  /** The run, or the one so many before it, is over: who follows it comes to the end. */
  end(container: string, before?: number): void;
  /** The next run begins. */
  restart(container: string): void;
  /** Breaks all connections, in the middle of a line. */
  cut(): void;
}

interface Run {
  readonly lines: { readonly at: number; readonly text: string }[];
  readonly followers: Set<{ readonly response: ServerResponse; readonly isTimed: boolean }>;
  isOver: boolean;
}

const begin = Date.UTC(2026, 0, 1);
const betweenMs = 100;

/** Containers by "POD/CONTAINER"; one that wrote nothing yet has an empty log. */
export function createContainerLogs(): ContainerLogs {
  const runs = new Map<string, Run[]>();
  let now = begin;

  function runsOf(container: string): Run[] {
    const known = runs.get(container) ?? [createRun()];
    runs.set(container, known);
    return known;
  }

  function present(container: string): Run {
    const [last] = runsOf(container).slice(-1);
    if (last === undefined) throw new Error("No run");
    return last;
  }

  function text({ at, text: line }: Run["lines"][number], isTimed: boolean): string {
    return isTimed ? `${new Date(at).toISOString().replace("Z", "000000Z")} ${line}\n` : `${line}\n`;
  }

  return {
    log(response, { pod, container, query }) {
      const name = `${pod}/${container}`;
      const isTimed = query.get("timestamps") === "true";
      const run = query.get("previous") === "true" ? runsOf(name).at(-2) : present(name);
      if (run === undefined) return void response.writeHead(400).end("previous terminated container not found");
      const since = Date.parse(query.get("sinceTime") ?? "") || 0;
      const tail = Number(query.get("tailLines") ?? run.lines.length);
      const lines = run.lines.slice(tail === 0 ? run.lines.length : -tail).filter(({ at }) => at >= since);
      response.flushHeaders();
      for (const line of lines) response.write(text(line, isTimed));
      if (run.isOver || query.get("follow") !== "true") return void response.end();
      const follower = { response, isTimed };
      run.followers.add(follower);
      response.once("close", () => run.followers.delete(follower));
    },
    write(container, ...lines) {
      const run = present(container);
      for (const line of lines) {
        now += betweenMs;
        const written = { at: now, text: line };
        run.lines.push(written);
        for (const { response, isTimed } of run.followers) response.write(text(written, isTimed));
      }
    },
    end(container, before = 0) {
      const run = runsOf(container).at(-1 - before);
      if (run === undefined) throw new Error("No such run");
      run.isOver = true;
      for (const { response } of run.followers) response.end();
    },
    restart: (container) => void runsOf(container).push(createRun()),
    cut() {
      for (const { followers } of [...runs.values()].flat()) {
        for (const { response, isTimed } of followers) {
          response.write(text({ at: now + betweenMs, text: "ha" }, isTimed).trimEnd());
          // What was written before arrives.
          setImmediate(() => response.destroy());
        }
        followers.clear();
      }
    },
  };
}

function createRun(): Run {
  return { lines: [], followers: new Set(), isOver: false };
}
