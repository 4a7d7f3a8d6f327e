import { z } from "zod";
import {
  defaultPromotion,
  handMovePolicies,
  type Problem,
  type PromotionPolicy,
  parseDuration,
  promotedBranches,
  promotionModes,
  promotionOrders,
  promotionVias,
} from "../domain/index.ts";
import { countSchema, durationSchema, percentSchema } from "./parts.ts";
import { checksOf, checksSchema } from "./promotion-check.ts";
import { joinPath } from "./repository-path.ts";
import { windowsSchema } from "./window-schema.ts";
import { windowProblems, windowsOf } from "./windows.ts";
import type { DocumentPath, YamlDocument } from "./yaml-document.ts";

const pathSchema = z
  .string()
  .refine(
    (path) => path !== "" && joinPath("", path) === path,
    'a file or folder of the repository such as "apps/shop", without "/" at its ends',
  );

/** The section `promotion` of an environment in fleet.yaml. */
export const promotionSchema = z.strictObject({
  mode: z
    .enum(promotionModes)
    .default(defaultPromotion.mode)
    .describe('"auto": as soon as every gate has passed; "manual": by `drover promote`; "never"'),
  soak: durationSchema
    .default("0s")
    .describe("How long the upstream environment must have been healthy with a commit, without a break"),
  approvals: countSchema
    .default(defaultPromotion.approvals)
    .describe("People other than the author who must approve the commit (`drover approve`)"),
  quorum: percentSchema
    .default("100%")
    .describe("Share of the upstream clusters that must be healthy; the others may be offline, but not unhealthy"),
  order: z
    .enum(promotionOrders)
    .default(defaultPromotion.order)
    .describe(
      'Which proven commit goes next: "latest", one after the other ("queue"), or the newest once per window ("batch")',
    ),
  branch: z
    .enum(promotedBranches)
    .default(defaultPromotion.branch)
    .describe(
      'What the environment\'s branch holds: "pointer": the trunk\'s commits; "rendered": the plain manifests that they render to, which the hub puts on "<branch>-next" first; "copied": what people keep there, with the trunk\'s files at "paths"',
    ),
  paths: z
    .array(pathSchema)
    .min(1, "at least one path")
    .optional()
    .describe(
      'With the branch "copied": files and folders that are taken from the trunk; all others are the environment\'s own',
    ),
  via: z
    .enum(promotionVias)
    .default(defaultPromotion.via)
    .describe(
      'How the branch is moved: "push": by the hub itself; "pullRequest": the hub keeps one open at the forge, from "<branch>-next", and merges it by mode "auto" or `drover promote`; people may merge it too',
    ),
  statuses: z
    .array(z.string().min(1, 'the name of a commit status such as "ci/build"').max(255))
    .default([])
    .describe("Commit statuses (and checks) that the forge must show as successful for the commit"),
  window: durationSchema.optional().describe('Least time between two promotions, with the order "batch"'),
  windows: windowsSchema.optional().describe("When something may be promoted; always without it"),
  onHandMove: z
    .enum(handMovePolicies)
    .default(defaultPromotion.onHandMove)
    .describe(
      'What becomes of the branch when somebody takes it back or to what the trunk does not have: "adopt": it is taken as it is; "hold": automation waits for a person; "restore": a commit on top takes it back to what it said',
    ),
  checks: checksSchema
    .default({})
    .describe(
      "Looks at the world, by name, asked once everything else has passed; a Job runs on the upstream clusters",
    ),
});

export type WrittenPromotion = z.infer<typeof promotionSchema>;

export function promotionOf(written: WrittenPromotion | undefined): PromotionPolicy {
  if (written === undefined) return defaultPromotion;
  const { mode, approvals, order, branch, via, statuses } = written;
  return {
    mode,
    soakMs: parseDuration(written.soak) ?? 0,
    approvals,
    quorumPercent: Number.parseInt(written.quorum, 10),
    order,
    windowMs: parseDuration(written.window ?? "0s") ?? 0,
    windows: written.windows === undefined ? undefined : windowsOf(written.windows),
    branch,
    paths: written.paths ?? [],
    checks: checksOf(written.checks),
    via,
    statuses: [...new Set(statuses)],
    onHandMove: written.onHandMove,
  };
}

/** What is wrong with the section that stands at `path` of the document. */
export function promotionProblems(
  written: WrittenPromotion,
  hasUpstream: boolean,
  document: YamlDocument,
  path: DocumentPath,
): readonly Problem[] {
  const wrong = (message: string, ...key: DocumentPath): Problem[] => [
    { severity: "error", message, position: document.locate([...path, ...key]) },
  ];
  if (!hasUpstream) {
    return wrong('Expected no section "promotion" without "from": nothing is promoted into this environment');
  }
  const { order, window, windows, branch, paths } = written;
  if (order === "batch" && window === undefined) {
    return wrong('Expected a "window" with the order "batch", such as "4h"', "order");
  }
  if (order !== "batch" && window !== undefined) {
    return wrong(`Expected no "window" with the order "${order}"`, "window");
  }
  if (branch === "copied" && paths === undefined) {
    return wrong('Expected "paths" with the branch "copied", such as ["apps"]', "branch");
  }
  if (branch !== "copied" && paths !== undefined)
    return wrong(`Expected no "paths" with the branch "${branch}"`, "paths");
  const own = written.statuses.findIndex((each) => each.startsWith("drover/"));
  if (own >= 0) {
    const name = written.statuses[own];
    return wrong(`Expected statuses of others: "${name}" is the hub's own, which mirrors its gates`, "statuses", own);
  }
  return windows === undefined ? [] : windowProblems(windows, windowsOf(windows), document, [...path, "windows"]);
}
