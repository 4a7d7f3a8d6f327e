import { pruneAnnotation } from "../../common/domain/index.ts";

/** What an object itself says about its end. "confirmed": somebody said yes to it. */
export type Wish = "" | "keep" | "confirm" | "confirmed";

export interface PruneWish {
  /** When it leaves the application. */
  readonly dropped: Wish;
  /** When the application itself leaves. */
  readonly abandoned: Wish;
  /** After all others of its application. */
  readonly last: boolean;
}

/** One value for all that say nothing: an agent remembers thousands. */
export const noWish: PruneWish = { dropped: "", abandoned: "", last: false };

/**
 * Reads our annotation and those of others, in this order:
 * 1. `drover.dev/prune`: disabled, confirm, confirmed
 * 2. Flux: `kustomize.toolkit.fluxcd.io/prune: disabled`
 * 3. Helm: `helm.sh/resource-policy: keep`
 * 4. Argo CD: `argocd.argoproj.io/sync-options` with Prune=…, Delete=… and PruneLast=true
 */
export function pruneWish(annotations: Readonly<Record<string, string>> | undefined): PruneWish {
  if (annotations === undefined) return noWish;
  const options = new Set(annotations["argocd.argoproj.io/sync-options"]?.split(",").map((option) => option.trim()));
  const last = options.has("PruneLast=true");
  const general = ownWish(annotations[pruneAnnotation]) || (isKept(annotations) ? "keep" : "");
  const dropped = general || argoWish(options, "Prune");
  const abandoned = general || argoWish(options, "Delete") || dropped;
  return dropped === "" && abandoned === "" && !last ? noWish : { dropped, abandoned, last };
}

function ownWish(value: string | undefined): Wish {
  if (value === "disabled") return "keep";
  return value === "confirm" || value === "confirmed" ? value : "";
}

function isKept(annotations: Readonly<Record<string, string>>): boolean {
  const isDisabled = annotations["kustomize.toolkit.fluxcd.io/prune"]?.toLowerCase() === "disabled";
  return isDisabled || annotations["helm.sh/resource-policy"] === "keep";
}

function argoWish(options: ReadonlySet<string>, option: "Prune" | "Delete"): Wish {
  if (options.has(`${option}=false`)) return "keep";
  return options.has(`${option}=confirm`) ? "confirm" : "";
}
