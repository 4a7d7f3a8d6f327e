import type { Json } from "../json.ts";

/** How a request asked for a write. */
export interface WriteOptions {
  readonly writer: { readonly name: string; readonly time: string };
  readonly dryRun: boolean;
  readonly fieldValidation: "Strict" | "Warn" | "Ignore";
  readonly subresource?: "status" | "scale" | undefined;
  /** The body is an applied configuration. */
  readonly apply?: boolean;
  readonly force?: boolean;
  /** The patch that led to the body, for messages. */
  readonly patch?: Json;
}
