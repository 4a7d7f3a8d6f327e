import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { Manifest } from "../../common/domain/index.ts";

const folder = new URL(".", import.meta.url);

/**
 * Objects in the shape that charts and generators give them: nulls, empty blocks, quantities in many spellings, fields that the
 * API server fills in or rewrites. `namespace` must be a name that the cluster never met; cluster-scoped names contain it.
 */
export function corpus(namespace: string): readonly Manifest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(new URL(file, folder), "utf8").replaceAll("corpus-namespace", namespace);
      return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
    });
}
