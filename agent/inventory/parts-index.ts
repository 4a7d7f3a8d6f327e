import type { Manifest } from "../../common/domain/index.ts";
import { configMapOf } from "./codec.ts";

/** What the parts are to be checked against, in a ConfigMap of its own. */
export interface PartsIndex {
  /** A part that is not there although it is named here was deleted by somebody else. */
  readonly parts: ReadonlySet<number>;
  /** "group/kind" → apiVersion of every kind ever owned: where to look for what a lost part had. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Damages that were found, in words, until what could be found again was found. */
  readonly losses: readonly string[];
  /** There was nothing at all before it, and whether that was right is not known yet. */
  readonly isNew: boolean;
}

export const noIndex: PartsIndex = { parts: new Set(), kinds: new Map(), losses: [], isNew: false };

function indexName(environment: string): string {
  return `inventory-${environment}-index`;
}

export function encodeIndex(environment: string, { parts, kinds, losses, isNew }: PartsIndex): Manifest {
  return configMapOf(environment, indexName(environment), {
    index: JSON.stringify({
      parts: [...parts].toSorted((a, b) => a - b),
      kinds: Object.fromEntries([...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      losses,
      ...(isNew ? { isNew } : {}),
    }),
  });
}

/** Empty where there is none yet; `losses` says so when somebody damaged it. */
export function decodeIndex(environment: string, manifests: readonly Manifest[]): PartsIndex {
  const name = indexName(environment);
  const found = manifests.find(({ metadata }) => metadata.name === name);
  if (found === undefined) return noIndex;
  try {
    const text = (found["data"] as Readonly<Record<string, string>>)["index"] ?? "";
    const {
      parts,
      kinds,
      losses,
      isNew = false,
    } = JSON.parse(text) as {
      parts: number[];
      kinds: Record<string, string>;
      losses: string[];
      isNew?: boolean;
    };
    return { parts: new Set(parts), kinds: new Map(Object.entries(kinds)), losses: [...losses], isNew };
  } catch {
    return { ...noIndex, losses: [`Inventory "${name}" is damaged`] };
  }
}
