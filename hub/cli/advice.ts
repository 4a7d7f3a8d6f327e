import type { AppError } from "../../common/errors.ts";

/** What to do next about a failed command; undefined when its message says so itself. */
export function advice({ code, message }: Pick<AppError, "code" | "message">): string | undefined {
  if (/'(drover|npm) |--ca|use https/.test(message)) return undefined;
  const [, kind] = /^No such (cluster|environment|application)\b/.exec(message) ?? [];
  if (kind !== undefined) return `'drover get ${kind}s' lists what there is`;
  switch (code) {
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
      return "'drover login URL --token T' remembers another token; DROVER_TOKEN goes before it";
    case "UNAVAILABLE":
      return "Is the hub running? 'drover login URL --token T' remembers another one; DROVER_URL goes before it";
    case "ABORTED":
    case "RESOURCE_EXHAUSTED":
      return "Try again in a moment";
    case "INTERNAL":
      return "The hub's log says more; 'drover get environments' shows whether it still answers";
    default:
      return undefined;
  }
}
