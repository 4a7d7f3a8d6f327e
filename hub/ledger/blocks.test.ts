import { expect, test } from "vitest";
import type { PromotionRecordView } from "../../common/domain/index.ts";
import {
  approvalIn,
  approvalLines,
  paragraphsOf,
  promotionIn,
  promotionLines,
  promotionParagraph,
  sealed,
  withParagraph,
} from "./blocks.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);
const promotion: PromotionRecordView = {
  kind: "promotion",
  environment: "prod",
  from: a,
  to: b,
  commit: b,
  actor: "ann@example.com",
  at: "2026-11-23T14:00:00.000Z",
  proof: ['upstream: "staging": 3 of 3 clusters run it and are healthy', "soak: 10m"],
  bypassed: ["window: closed until Monday"],
  reason: "The shop is down",
};
const approval = { actor: "ben@example.com", commit: b, content: a, at: "2026-11-23T13:58:00.000Z" };

test("what is written of a promotion and of an approval can be read by people, and is read back", () => {
  const text = withParagraph(
    promotionParagraph(promotion),
    sealed(approvalLines("prod", approval), "c2VhbA==").join("\n"),
  );
  expect(text).toBe(`Drover-Promotion: prod
Drover-Promoted-By: ann@example.com
Drover-Promoted-At: 2026-11-23T14:00:00.000Z
Drover-Promoted-From: ${a}
Drover-Proof: upstream: "staging": 3 of 3 clusters run it and are healthy
Drover-Proof: soak: 10m
Drover-Bypassed: window: closed until Monday
Drover-Why: The shop is down

Drover-Approval: prod
Drover-Approved-By: ben@example.com
Drover-Approved-At: 2026-11-23T13:58:00.000Z
Drover-Approved-Tree: ${a}
Drover-Seal: c2VhbA==
`);
  const paragraphs = paragraphsOf(text);
  expect(paragraphs.map((each) => promotionIn(each, b))).toEqual([promotion, undefined]);
  expect(paragraphs.map((each) => approvalIn(each, b))).toEqual([
    undefined,
    { environment: "prod", approval, seal: "c2VhbA==", lines: approvalLines("prod", approval) },
  ]);
});

test("a promotion tells how long each gate made it wait, and what is no such time is left out", () => {
  const waited = { ...promotion, waitedMs: { soak: 600_000, "check smoke": 5 } };
  const text = promotionParagraph(waited);
  expect(text.split("\n").slice(-2)).toEqual(["Drover-Waited: 600000 soak", "Drover-Waited: 5 check smoke"]);
  const wrong = [
    "Drover-Waited: soak",
    "Drover-Waited: -1 soak",
    "Drover-Waited: 1e3 soak",
    "Drover-Waited: 1234567890123 soak",
  ];
  expect(promotionIn([text, ...wrong].join("\n"), b)).toEqual(waited);
});

test("a commit that was made for the promotion says whose files it has", () => {
  const made = { ...promotion, commit: a, to: b };
  expect(promotionIn(promotionParagraph(made), b)).toEqual(made);
  expect(promotionIn(`${promotionLines(promotion).join("\n")}\nDrover-Tree-Of: ${a}`, b)).toEqual(made);
});

test("a value cannot become another trailer, nor fill the note", () => {
  const lines = promotionLines({
    ...promotion,
    actor: "eve\nDrover-Proof: all is well\r\n\nDrover-Approval: prod",
    proof: ["x".repeat(10_000)],
  });
  expect(lines[1]).toBe("Drover-Promoted-By: eve Drover-Proof: all is well Drover-Approval: prod");
  expect([lines.length, Math.max(...lines.map((line) => line.length))]).toEqual([7, 514]);
});

test("a promotion past a hundred gates is read back whole, with what was bypassed, why and whose files it has", () => {
  const gates = (kind: string) => Array.from({ length: 100 }, (_, index) => `${kind}/${index}: it is`);
  const waitedMs = Object.fromEntries(gates("check").map((each, index) => [each, index]));
  const many = { ...promotion, commit: a, proof: gates("status"), bypassed: gates("soak"), waitedMs };
  expect(promotionIn(promotionParagraph(many), b)).toEqual(many);
  expect(promotionIn(`${promotionLines(many).join("\n")}\nDrover-Tree-Of: ${a}`, b)).toEqual(many);
});

test("of a note that somebody filled up, what was written last is read, and not written again", () => {
  const filled = withParagraph(`${"x".repeat(1_000)}\n\n`.repeat(2_000), promotionParagraph(promotion));
  expect(paragraphsOf(filled).flatMap((each) => promotionIn(each, b) ?? [])).toEqual([promotion]);
  expect(withParagraph(filled, promotionParagraph(promotion))).toBe(filled);
});

test("what is cut short, told twice, of another shape or of somebody else's is not read", () => {
  const whole = promotionLines(promotion).join("\n");
  const wrong = [
    "",
    "Looks good to me",
    whole.replace("Drover-Promoted-By: ann@example.com\n", ""),
    `${whole}\nDrover-Promoted-By: eve`,
    `${whole}\nSigned-off-by: ann`,
    `Drover-Approval: prod\n${whole}`,
    whole.replace(a, "main"),
    whole.replace("2026-11-23T14:00:00.000Z", "yesterday"),
    whole.replace("2026-11-23T14:00:00.000Z", "2026-99-99T14:00:00.000Z"),
  ];
  expect(wrong.map((paragraph) => promotionIn(paragraph, b))).toEqual(wrong.map(() => undefined));
});

test("withParagraph() keeps what others wrote, and says nothing twice", () => {
  const once = withParagraph("Looks good to me\n", "Drover-Approval: prod");
  expect(once).toBe("Looks good to me\n\nDrover-Approval: prod\n");
  expect(withParagraph(once, "Drover-Approval: prod")).toBe(once);
  expect(withParagraph(undefined, "x")).toBe("x\n");
});
