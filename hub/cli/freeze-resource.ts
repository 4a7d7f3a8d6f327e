import type { Freeze } from "../../common/domain/index.ts";
import { age, firstLine } from "./output.ts";
import type { Resource } from "./resource.ts";

export const freezes: Resource<Freeze> = {
  name: "freezes",
  singular: "freeze",
  aliases: ["freeze"],
  empty: "Nothing is frozen",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment ?? "(all)" },
    { title: "BY", value: (item) => item.by },
    { title: "SINCE", value: (item, { now }) => age(item.since, now) },
    { title: "UNTIL", value: (item) => item.until ?? "-" },
    { title: "REASON", value: (item) => firstLine(item.reason) },
  ],
  notes: () => [],
  identity: ({ environment }) => `freeze ${environment ?? "of everything"}`,
  place: ({ environment }) => (environment === null ? {} : { environment }),
  changedBy: ["environment"],
  parts: [],
};
