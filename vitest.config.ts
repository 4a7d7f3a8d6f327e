import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

const common = {
  exclude: ["**/node_modules/**", "dist/**"],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // What is waited for may take its time on a slow machine; a second, the default, is no time.
  expect: { poll: { timeout: 30_000 } },
};
/** Only compares names. */
const readme = "test/contracts/readme.test.ts";
const unit = [
  "{common,hub,agent}/**/*.test.ts",
  "test/{fakes,demo,simulated-cluster,git-server,rollout}/**/*.test.ts",
  readme,
];

export default defineConfig({
  test: {
    // Most of them wait most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // Values in, values out: beside the code.
        test: {
          ...common,
          name: "unit",
          include: unit,
        },
      },
      {
        // Again on the current LTS of Node: the units, and what runs on simulated clusters, real streams, HTTP and git.
        test: {
          ...common,
          name: "lts",
          include: [
            ...unit,
            "test/contracts/{kube-client,inspector,reconciler}.simulated.test.ts",
            "test/contracts/{stream-*,http-api*,pipeline,rollouts,agent-store,gates}.test.ts",
          ],
          testTimeout: 120_000,
        },
      },
      {
        // Fakes and the real thing, against real kube-apiserver, Redis and git.
        test: {
          ...common,
          name: "contract",
          include: ["test/contracts/**/*.test.ts"],
          exclude: [...common.exclude, readme],
          globalSetup: ["test/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The agent on the oldest Kubernetes that it works with; apart, because that takes minutes to build once.
        test: {
          ...common,
          name: "oldest",
          include: ["test/oldest/**/*.test.ts"],
          globalSetup: ["test/oldest/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Whole product, real processes.
        test: {
          ...common,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
