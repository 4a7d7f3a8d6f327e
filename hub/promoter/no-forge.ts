import { AppError } from "../../common/errors.ts";

/** Somebody asks for a pull request of a hub that cannot make any. */
export function noForge(name: string): AppError {
  return new AppError(
    "FAILED_PRECONDITION",
    `Cannot promote into "${name}" by pull request: this hub has no forge, start it with --forge-token`,
  );
}
