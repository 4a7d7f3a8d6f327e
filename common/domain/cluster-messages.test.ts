import { expect, test } from "vitest";
import { clusterMessages } from "./cluster-messages.ts";

const said = (message: string, ...clusters: string[]) => clusters.map((cluster) => ({ cluster, message }));

test("clusterMessages() tells equal messages once, the most frequent first", () => {
  expect([
    clusterMessages([]),
    clusterMessages([...said("disk full", "c9"), ...said("image not found", "c1", "c2")]),
    clusterMessages(said("image not found", "c1", "c2", "c3", "c4", "c5")),
    clusterMessages(["a", "b", "c", "d"].flatMap((message) => said(message, "c1"))),
    clusterMessages(["a", "b", "c", "d", "e"].flatMap((message) => said(message, "c1"))),
  ]).toEqual([
    "",
    "image not found (c1, c2); disk full (c9)",
    "image not found (c1, c2, c3 and 2 more)",
    "a (c1); b (c1); c (c1); 1 other problem",
    "a (c1); b (c1); c (c1); 2 other problems",
  ]);
});
