import { expect, test } from "vitest";
import type { Question } from "../domain/index.ts";
import { hubMessage } from "./messages.ts";
import { decodeQuestion, encodeQuestion } from "./question-codec.ts";

const ref = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const logs = {
  kind: "logs",
  environment: "prod",
  application: "shop",
  target: "pod/web-0",
  container: "main",
} as const;
const questions: readonly Question[] = [
  { kind: "show", environment: "prod", ref, managedFields: true },
  { kind: "dry-run", environment: "prod", root: undefined, applications: [] },
  { kind: "dry-run", environment: "prod", root: "a".repeat(64), applications: ["shop", "database"] },
  { ...logs, follow: true, previous: false, tail: 10, sinceSeconds: 60 },
  { kind: "events", environment: "prod", application: "" },
  { kind: "job", order: Buffer.from("order"), signature: Buffer.from("signature") },
];

test("encodeQuestion() and decodeQuestion() carry every question over the wire", () => {
  const arrived = questions.map((question) => {
    const message = hubMessage.decode(hubMessage.encode({ command: encodeQuestion("q1", 4, question) }));
    const { command } = message;
    return command && { id: command.id, pieces: command.pieces, question: decodeQuestion(command) };
  });
  expect(arrived).toEqual(questions.map((question) => ({ id: "q1", pieces: 4, question })));
});

test("decodeQuestion() knows no question in a command of another kind", () => {
  const message = hubMessage.decode(hubMessage.encode({ command: { id: "c", reconcileNow: { environment: "" } } }));
  expect(message.command && decodeQuestion(message.command)).toBeUndefined();
});
