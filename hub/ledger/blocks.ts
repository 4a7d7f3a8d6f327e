import type { PromotionRecordView } from "../../common/domain/index.ts";
import type { Revision } from "../ports.ts";
import type { Approval } from "../promotion/index.ts";

/**
 * What people and the hub both read: paragraphs of trailers, beside a commit as a note or at the end of a commit's own message.
 * The first line says what a paragraph is. Paragraphs of other authors are left alone.
 *
 *     Drover-Promotion: prod                      Drover-Approval: prod
 *     Drover-Promoted-By: ann@example.com         Drover-Approved-By: ben@example.com
 *     Drover-Promoted-At: 2026-11-23T14:00:00Z    Drover-Approved-At: 2026-11-23T13:58:00Z
 *     Drover-Promoted-From: 0123… | none          Drover-Approved-Tree: 4567…
 *     Drover-Proof: upstream: …                   Drover-Seal: base64
 *     Drover-Bypassed: soak: …
 *     Drover-Why: …
 *     Drover-Waited: 600000 soak
 */
type Block = readonly (readonly [key: string, value: string])[];

/**
 * What is written of one value, and read of one text, whose end is the newest: a note that somebody fills up does not fill the hub. As
 * many lines as there are gates are a promotion, however many.
 */
const limits = { value: 500, text: 1024 * 1024, blocks: 1_000 };

const promotionKeys = ["Drover-Promotion", "Drover-Promoted-By", "Drover-Promoted-At", "Drover-Promoted-From"] as const;
const approvalKeys = ["Drover-Approval", "Drover-Approved-By", "Drover-Approved-At", "Drover-Approved-Tree"] as const;
/** Beside a commit that is not itself the one that was promoted. */
const commitKey = "Drover-Promoted-Commit";
const proofKey = "Drover-Proof";
const bypassedKey = "Drover-Bypassed";
const whyKey = "Drover-Why";
/** Milliseconds and the gate. */
const waitedKey = "Drover-Waited";
const sealKey = "Drover-Seal";
/** Of a commit that the hub made: whose files it has. */
const treeKey = "Drover-Tree-Of";

/** Without what the promoted commit is: that is told beside what it was promoted as. */
export function promotionLines(record: Omit<PromotionRecordView, "to" | "commit" | "kind">): readonly string[] {
  const [environment, by, at, from] = promotionKeys;
  return lines([
    [environment, record.environment],
    [by, record.actor],
    [at, record.at],
    [from, record.from ?? "none"],
    ...record.proof.map((each) => [proofKey, each] as const),
    ...record.bypassed.map((each) => [bypassedKey, each] as const),
    ...(record.reason === "" ? [] : [[whyKey, record.reason] as const]),
    ...Object.entries(record.waitedMs ?? {}).map(([gate, ms]) => [waitedKey, `${ms} ${gate}`] as const),
  ]);
}

/** Without its seal, which is made over these lines. */
export function approvalLines(environment: string, { actor, at, content }: Approval): readonly string[] {
  return lines([
    [approvalKeys[0], environment],
    [approvalKeys[1], actor],
    [approvalKeys[2], at],
    [approvalKeys[3], content],
  ]);
}

export function promotionParagraph(record: PromotionRecordView): string {
  const isOther = record.commit !== record.to;
  return [...promotionLines(record), ...(isOther ? [`${commitKey}: ${record.commit}`] : [])].join("\n");
}

export function sealed(unsealed: readonly string[], seal: string): readonly string[] {
  return [...unsealed, `${sealKey}: ${seal}`];
}

/** A promotion that a paragraph beside `revision`, or of its own message, tells of. */
export function promotionIn(paragraph: string, revision: Revision): PromotionRecordView | undefined {
  const block = parse(paragraph);
  const [environment, by, at, from] = promotionKeys.map((key) => only(block, key));
  if (block[0]?.[0] !== promotionKeys[0] || !environment || !by || !isTime(at)) return undefined;
  if (from !== "none" && !isRevision(from)) return undefined;
  const commit = only(block, commitKey) ?? only(block, treeKey) ?? revision;
  if (!isRevision(commit)) return undefined;
  const waited = all(block, waitedKey).flatMap((each) => {
    const [, ms, gate] = /^(\d{1,12}) (.+)$/.exec(each) ?? [];
    return gate === undefined ? [] : [[gate, Number(ms)] as const];
  });
  return {
    kind: "promotion",
    environment,
    from: from === "none" ? null : from,
    to: revision,
    commit,
    actor: by,
    at,
    proof: all(block, proofKey),
    bypassed: all(block, bypassedKey),
    reason: only(block, whyKey) ?? "",
    ...(waited.length === 0 ? {} : { waitedMs: Object.fromEntries(waited) }),
  };
}

export interface NotedApproval {
  readonly environment: string;
  readonly approval: Approval;
  readonly seal: string;
  /** What the seal was made over. */
  readonly lines: readonly string[];
}

export function approvalIn(paragraph: string, revision: Revision): NotedApproval | undefined {
  const block = parse(paragraph);
  const [environment, by, at, tree] = approvalKeys.map((key) => only(block, key));
  if (block[0]?.[0] !== approvalKeys[0] || !environment || !by || !isTime(at) || !tree) return undefined;
  const approval = { actor: by, commit: revision, content: tree, at };
  return { environment, approval, seal: only(block, sealKey) ?? "", lines: approvalLines(environment, approval) };
}

export function paragraphsOf(text: string): readonly string[] {
  const paragraphs = text.slice(-limits.text).split(/\n{2,}/);
  return paragraphs
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .slice(-limits.blocks);
}

/** The note with one paragraph more; the same when it has it. */
export function withParagraph(text: string | undefined, paragraph: string): string {
  if (text === undefined || text.trim() === "") return `${paragraph}\n`;
  if (paragraphsOf(text).includes(paragraph)) return text;
  return `${text.trimEnd()}\n\n${paragraph}\n`;
}

/** One line each: what would end the line would make another trailer of the rest. */
function lines(block: Block): readonly string[] {
  return block.map(([key, value]) => {
    const clean = value.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
    return `${key}: ${clean.slice(0, limits.value)}`.trimEnd();
  });
}

/** Empty unless every line is a trailer of Drover's. */
function parse(paragraph: string): Block {
  const found: (readonly [string, string])[] = [];
  for (const line of paragraph.split("\n")) {
    const [, key, value] = /^(Drover-[A-Za-z-]+):(?: (.*))?$/.exec(line) ?? [];
    if (key === undefined) return [];
    found.push([key, (value ?? "").slice(0, limits.value)]);
  }
  return found;
}

/** Undefined where it stands more than once, too. */
function only(block: Block, key: string): string | undefined {
  const found = all(block, key);
  return found.length === 1 ? found[0] : undefined;
}

function all(block: Block, key: string): readonly string[] {
  return block.flatMap(([each, value]) => (each === key ? [value] : []));
}

function isRevision(text: string | undefined): text is Revision {
  return text !== undefined && /^[0-9a-f]{40}$/.test(text);
}

function isTime(text: string | undefined): text is string {
  return (
    text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}
