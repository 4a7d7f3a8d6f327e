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
    await expect(playScenario(parseScenario(text))).toMatchFileSnapshot(file);
  });
}
