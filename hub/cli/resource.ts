import type { FleetChange, ViewFilter } from "../surfaces.ts";
import type { Column } from "./table.ts";

/** What `drover get` can list. */
export interface Resource<T> {
  /** Path segment of the API and first word after `get`. */
  readonly name: string;
  /** Of one item, in messages. */
  readonly singular: string;
  readonly aliases: readonly string[];
  /** Said when there is nothing to list: what to do next. */
  readonly empty: string;
  readonly columns: readonly Column<T>[];
  /** Said below a table. */
  readonly notes: (items: readonly T[]) => readonly string[];
  /** What makes two items of two listings the same one; also how people are told of it. */
  readonly identity: (item: T) => string;
  /** Where the item is, in the words of a filter. */
  readonly place: (item: T) => ViewFilter;
  /** Kinds of changes that concern a listing of it. */
  readonly changedBy: readonly FleetChange["kind"][];
  /** What of a change's place tells the part to list again; nothing: the whole is. */
  readonly parts: readonly Exclude<keyof ViewFilter, "name">[];
}
