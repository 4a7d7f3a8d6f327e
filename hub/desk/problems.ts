import type { Problem } from "../../common/domain/index.ts";

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}
