import type { Question } from "../domain/index.ts";
import type { Command, Command__Output } from "./gen/drover/v1/Command.ts";

/** A question as a command of this id; `pieces` of the answer may come before more are granted. */
export function encodeQuestion(id: string, pieces: number, question: Question): Command {
  switch (question.kind) {
    case "show": {
      const { environment, ref, managedFields } = question;
      return { id, pieces, showObject: { environment, ...ref, managedFields } };
    }
    case "dry-run": {
      const { environment, root = "", applications } = question;
      return { id, pieces, dryRun: { environment, digest: root, applications: [...applications] } };
    }
    case "logs": {
      const { kind: _, ...fetchLogs } = question;
      return { id, pieces, fetchLogs };
    }
    case "events": {
      const { environment, application } = question;
      return { id, pieces, listEvents: { environment, application } };
    }
    case "job": {
      const { order, signature } = question;
      return { id, pieces, runJob: { order: Buffer.from(order), signature: Buffer.from(signature) } };
    }
  }
}

/** Undefined for a command that is no question, or none that this version knows. */
export function decodeQuestion(command: Command__Output): Question | undefined {
  const { showObject, dryRun, fetchLogs, listEvents, runJob } = command;
  if (showObject) {
    const { environment, managedFields, group, kind, namespace, name } = showObject;
    return { kind: "show", environment, ref: { group, kind, namespace, name }, managedFields };
  }
  if (dryRun) {
    const { environment, digest, applications } = dryRun;
    return { kind: "dry-run", environment, root: digest === "" ? undefined : digest, applications };
  }
  if (fetchLogs) return { kind: "logs", ...fetchLogs };
  if (listEvents) return { kind: "events", ...listEvents };
  if (runJob) return { kind: "job", ...runJob };
  return undefined;
}
