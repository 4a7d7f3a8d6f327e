import { canonicalJson, type Manifest, ownershipLabels } from "../../common/domain/index.ts";

/** More would not be read. */
const maximum = 3;

/** Where two states of one object differ, ownership labels, managers and status aside: "data.key", "spec.replicas". */
export function differences(before: Manifest, after: Manifest): readonly string[] {
  const found: string[] = [];
  compare("", comparable(before), comparable(after), found);
  return found.slice(0, maximum);
}

function comparable(manifest: Manifest): unknown {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, metadata, ...content } = manifest;
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const owned: readonly string[] = Object.values(ownershipLabels);
  const others = Object.entries(labels ?? {}).filter(([name]) => !owned.includes(name));
  return {
    ...content,
    metadata: {
      labels: Object.fromEntries(others),
      annotations: annotations ?? {},
      finalizers: finalizers ?? [],
      ownerReferences: ownerReferences ?? [],
    },
  };
}

function compare(path: string, before: unknown, after: unknown, found: string[]): void {
  if (found.length > maximum || canonicalJson(before ?? null) === canonicalJson(after ?? null)) return;
  if (isMap(before) && isMap(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(path === "" ? name : `${path}.${name}`, before[name], after[name], found);
    }
  } else found.push(path);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
