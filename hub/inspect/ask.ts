import { withDeadline } from "../../common/async/index.ts";
import type { Question } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { InspectionDependencies } from "./dependencies.ts";

/** For an answer that is made at once. */
const answerMs = 60_000;

/** The one value that a cluster answers with. DEADLINE_EXCEEDED, or what AgentServer.ask() throws. */
export function askOnce(
  { agents }: Pick<InspectionDependencies, "agents">,
  cluster: string,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  return withDeadline(
    answerMs,
    `Cluster "${cluster}" did not answer`,
    async (deadline) => {
      for await (const value of agents().ask(cluster, question, { signal: deadline })) return value;
      throw new AppError("INTERNAL", `Cluster "${cluster}" answered nothing`);
    },
    { signal },
  );
}
