import { type ObjectRef, parseRefKey, refKey } from "./object-ref.ts";

/** Key of one reported value; the text form is the key on the wire and in the hub's state. */
export type ReportKey =
  | { readonly kind: "environment"; readonly environment: string }
  | { readonly kind: "application"; readonly environment: string; readonly application: string }
  | {
      readonly kind: "object" | "drift";
      readonly environment: string;
      readonly application: string;
      readonly ref: ObjectRef;
    };

export function reportKey(key: ReportKey): string {
  switch (key.kind) {
    case "environment":
      return `environment/${key.environment}`;
    case "application":
      return `application/${key.environment}/${key.application}`;
    case "object":
    case "drift":
      return `${key.kind}/${key.environment}/${key.application}/${refKey(key.ref)}`;
  }
}

/** Undefined for a key of a kind that this version does not know: a newer peer's, to be ignored. */
export function parseReportKey(text: string): ReportKey | undefined {
  const [kind, environment, application, ...rest] = text.split("/");
  if (environment === undefined || environment === "") return undefined;
  if (kind === "environment") return { kind, environment };
  if (application === undefined || application === "") return undefined;
  if (kind === "application") return { kind, environment, application };
  if ((kind === "object" || kind === "drift") && rest.length >= 4) {
    return { kind, environment, application, ref: parseRefKey(rest.join("/")) };
  }
  return undefined;
}
