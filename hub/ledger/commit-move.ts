import type { PromotionRecordView } from "../../common/domain/index.ts";
import {
  actorTrailer,
  environmentTrailer,
  reasonTrailer,
  revertsTrailer,
  trailer,
  treeTrailer,
} from "../drive/index.ts";
import type { Commit } from "../ports.ts";
import { paragraphsOf, promotionIn } from "./blocks.ts";

/** Who rolls back when a gate fails. */
const automation = "drover";

/** What a commit that the hub made for this environment did to its branch; undefined for any other commit. */
export function moveOfCommit(commit: Commit, environment: string): PromotionRecordView | undefined {
  const [from] = commit.parents;
  const treeOf = trailer(commit, treeTrailer);
  if (from === undefined || treeOf === undefined) return undefined;
  const paragraphs = paragraphsOf(commit.message);
  const promotion = promotionIn(paragraphs.at(-1) ?? "", commit.revision);
  if (promotion !== undefined) return promotion.environment === environment ? promotion : undefined;
  if ((trailer(commit, environmentTrailer) ?? environment) !== environment) return undefined;
  const actor = trailer(commit, actorTrailer);
  const isRevert = trailer(commit, revertsTrailer) !== undefined;
  if (actor === undefined && !isRevert) return undefined;
  return {
    kind: "rollback",
    environment,
    from,
    to: commit.revision,
    commit: treeOf,
    actor: actor ?? automation,
    at: commit.author.at,
    proof: [],
    bypassed: [],
    reason: trailer(commit, reasonTrailer) ?? (isRevert ? (paragraphs[1] ?? "").replaceAll(/\s+/g, " ") : ""),
  };
}
