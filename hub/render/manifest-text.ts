import { stringify } from "yaml";
import type { Manifest } from "../../common/domain/index.ts";
import { scalarTags } from "./manifest-yaml.ts";

/** Objects as one YAML stream, which `parseManifests` reads back as the same objects: equal objects have equal text. */
export function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map(documentText).join("---\n");
}

function documentText(manifest: Manifest): string {
  // A key that would merge if it were not in quotes.
  const defaultKeyType = JSON.stringify(manifest).includes('"<<"') ? "QUOTE_DOUBLE" : null;
  return stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false, customTags: scalarTags, defaultKeyType });
}
