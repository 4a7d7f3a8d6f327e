import { AppError } from "../../common/errors.ts";
import type { Forge, PullRequest, PullRequestBranches } from "../../hub/ports.ts";

/** A forge whose pull requests somebody else merges. */
export function createMemoryForge(): Forge & { readonly pulls: readonly (PullRequest & PullRequestBranches)[] } {
  const pulls: (PullRequest & PullRequestBranches)[] = [];

  const known = (number: number) => {
    const pull = pulls[number - 1];
    if (pull === undefined) throw new AppError("NOT_FOUND", `No pull request ${number}`);
    return pull;
  };
  const find = ({ head, base }: PullRequestBranches) =>
    pulls.find((pull) => pull.head === head && pull.base === base && pull.state === "open");
  const change = (number: number, changed: Partial<PullRequest>) => {
    pulls[number - 1] = { ...known(number), ...changed };
  };

  return {
    pulls,
    description: "a forge",
    findPullRequest: async (branches) => find(branches),
    pullRequest: async (number) => known(number),
    async openPullRequest({ head, base, title, body }) {
      const open = find({ head, base });
      if (open !== undefined) return open;
      const number = pulls.length + 1;
      const url = `https://forge.example/pulls/${number}`;
      const made = {
        number,
        url,
        state: "open",
        head,
        base,
        title,
        body,
        endedBy: undefined,
        merged: undefined,
      } as const;
      pulls.push(made);
      return made;
    },
    updatePullRequest: async (number, text) => change(number, text),
    closePullRequest: async (number) => change(number, { state: "closed" }),
    commentPullRequest: async () => undefined,
    mergePullRequest: () => Promise.reject(new AppError("FAILED_PRECONDITION", "a person has to")),
    setStatus: async () => undefined,
    statuses: async () => new Map(),
  };
}
