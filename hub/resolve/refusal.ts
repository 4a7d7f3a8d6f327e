import type { Problem } from "../../common/domain/index.ts";
import { AppError, type ErrorCode, type SourcePosition } from "../../common/errors.ts";

/** Several things wrong at once, as one error: its message and position are the first problem's. */
export function refusal(problems: readonly [Problem, ...Problem[]], code: ErrorCode = "INVALID_ARGUMENT"): AppError {
  const [{ message, position }, ...more] = problems;
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return new AppError(code, `${message}${rest}`, {
    ...(position === undefined ? {} : { position }),
    details: { problems },
  });
}

/** Throws when there is at least one problem. */
export function refuseAny(problems: readonly Problem[], code?: ErrorCode): void {
  const [first, ...more] = problems;
  if (first !== undefined) throw refusal([first, ...more], code);
}

/** The single problems of an error, as they are to be shown. */
export function problemsOf(error: AppError): readonly Problem[] {
  const { problems } = error.details as { problems?: readonly Problem[] };
  if (problems !== undefined) return problems;
  const { message, position } = error;
  return [{ severity: "error", message, ...(position === undefined ? {} : { position }) }];
}

/** "apps/shop/web.yaml:12" as a position; undefined for "". */
export function positionOfSource(source: string, path?: string): SourcePosition | undefined {
  if (source === "") return undefined;
  const [, file = source, line] = /^(.*):(\d+)$/.exec(source) ?? [];
  return {
    file,
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(path === undefined ? {} : { path }),
  };
}
