import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseScenario } from "./parse-scenario.ts";
import { playScenario } from "./play-scenario.ts";

const folder = join(import.meta.dirname, "scenarios");

// Each file is what happens, told by what it does: `npx vitest run --project unit test/rollout -u` writes them anew.
for (const name of readdirSync(folder).sort()) {
  const file = join(folder, name);
  const text = readFileSync(file, "utf8");
  test(text.split("\n")[0]?.replace(/^# /, "") ?? name, async () => {
    await expect(playScenario(parseScenario(text)).text).toMatchFileSnapshot(file);
  });
}

test("ARCHITECTURE.md draws exactly the changes of phase that the scenarios go through", () => {
  const architecture = readFileSync(join(import.meta.dirname, "..", "..", "ARCHITECTURE.md"), "utf8");
  const [, diagram = ""] = /## Rollout of one environment\n[\s\S]*?```\n([\s\S]*?)```/.exec(architecture) ?? [];
  const drawn = diagram.split("\n").flatMap((line) => {
    const [from, to] = line.split("→").map((part) => part.trim());
    if (to === undefined) return [];
    return to.split(",").map((each) => `${from} → ${each.trim()}`);
  });
  const made = new Set(readdirSync(folder).flatMap((name) => changes(readFileSync(join(folder, name), "utf8"))));
  expect(drawn.toSorted()).toEqual([...made].sort());
});

/** "updating → baking" for each change of phase in the history of a scenario. */
function changes(text: string): string[] {
  const found: string[] = [];
  let phase = "";
  for (const { what } of playScenario(parseScenario(text)).state.history) {
    const [word = ""] = what.split(" ");
    if (word === "started" || what.startsWith("rollback to ")) phase = "waiting";
    else if (isPhase(word)) {
      if (word !== phase) found.push(`${phase} → ${word}`);
      phase = word;
    }
  }
  return found;
}

function isPhase(word: string): boolean {
  return ["blocked", "waiting", "updating", "baking", "verifying", "paused", "reverting", "done", "aborted"].includes(
    word,
  );
}
