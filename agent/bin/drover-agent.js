#!/usr/bin/env node
// Runs the bundle; a checkout that has none yet (npm ci --ignore-scripts) makes it first.
import { existsSync } from "node:fs";

const bundle = new URL("../../dist/agent.js", import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write("drover: building the programs, once\n");
  await import("../../build.mjs");
}
await import(bundle.href);
