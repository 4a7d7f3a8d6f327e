import type { Manifest } from "../../common/domain/index.ts";

const mask = "***";
const appliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";
const secretFields = ["data", "stringData"] as const;

type Fields = Readonly<Record<string, unknown>>;

export function isSecret({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

/** A Secret without its values; anything else as it is. */
export function masked<T extends Manifest>(object: T): T {
  return isSecret(object) ? replaced(object, () => mask) : object;
}

/** Both sides of a comparison without secret values, where it can still be seen which of them differ. */
export function maskedPair<T extends Manifest>(before: T, after: T): readonly [before: T, after: T] {
  if (!isSecret(before) && !isSecret(after)) return [before, after];
  const differ = (place: Place) => {
    const was = valueAt(before, place);
    return was !== undefined && was !== valueAt(after, place) && valueAt(after, place) !== undefined;
  };
  return [
    replaced(before, (place) => (differ(place) ? `${mask} (before)` : mask)),
    replaced(after, (place) => (differ(place) ? `${mask} (after)` : mask)),
  ];
}

/** What the API server says about a Secret may hold what it refused. */
export function maskedReason(message: string): string {
  return message
    .replace(/(Value:)[^}]*/g, `$1${mask}`)
    .replace(/(Invalid value: )("(?:[^"\\]|\\.)*"|[^:,\]]+)/g, `$1${mask}`)
    .replace(/(cannot unmarshal \w+) .*? (into)/g, `$1 ${mask} $2`);
}

type Place = readonly [field: string, key: string];

function replaced<T extends Manifest>(secret: T, valueOf: (place: Place) => string): T {
  const parts: Record<string, unknown> = {};
  for (const field of secretFields) {
    const values = secret[field];
    if (isMap(values)) {
      parts[field] = Object.fromEntries(Object.keys(values).map((key) => [key, valueOf([field, key])]));
    } else if (values !== undefined && values !== null) parts[field] = mask;
  }
  const { annotations } = secret.metadata;
  if (annotations?.[appliedAnnotation] === undefined) return { ...secret, ...parts };
  const hidden = { ...annotations, [appliedAnnotation]: valueOf(["annotations", appliedAnnotation]) };
  return { ...secret, ...parts, metadata: { ...secret.metadata, annotations: hidden } };
}

function valueAt(object: Manifest, [field, key]: Place): unknown {
  const values = field === "annotations" ? object.metadata.annotations : object[field];
  return isMap(values) ? values[key] : undefined;
}

function isMap(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
