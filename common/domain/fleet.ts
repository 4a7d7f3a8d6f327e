import type { ApplyPolicy } from "./apply-policy.ts";
import type { DeletionPolicy, DriftMode } from "./assignment.ts";
import type { ClusterSelector } from "./cluster-selector.ts";
import type { DeleteBudget } from "./delete-budget.ts";
import type { DriftRule } from "./drift-rule.ts";
import type { HealthCheck } from "./health-check.ts";
import type { PromotionPolicy } from "./promotion.ts";
import type { RolloutPolicy } from "./rollout-policy.ts";

/** fleet.yaml after validation: nothing optional is left. */
export interface Fleet {
  /** In promotion order: an environment stands after the one it is promoted from. */
  readonly environments: readonly Environment[];
  /** Globs, relative to the root of the repository. */
  readonly applications: readonly string[];
  /** Values for ${…} by cluster name; they win over the environment's. */
  readonly clusterValues: ReadonlyMap<string, Values>;
  /** What the applications of some folders may bring; an application that no tenant has may bring everything. */
  readonly tenants: readonly Tenant[];
}

export interface Tenant {
  readonly name: string;
  /** Folders, or globs of application.yaml files, relative to the root of the repository. */
  readonly applications: readonly string[];
  /** Names, or patterns with "*". */
  readonly namespaces: readonly string[];
  /** Undefined: every kind. */
  readonly allowedKinds: readonly KindPattern[] | undefined;
  readonly deniedKinds: readonly KindPattern[];
  /** It may have objects outside of namespaces. */
  readonly clusterScoped: boolean;
  /** Clusters that its applications run on; undefined: all of the environment. */
  readonly clusters: ClusterSelector | undefined;
  /** "namespace/name". */
  readonly serviceAccount: string | undefined;
}

/** What is undefined stands for anything. */
export interface KindPattern {
  readonly group: string | undefined;
  readonly kind: string | undefined;
}

export interface Environment {
  readonly name: string;
  /** Branch whose tip is the environment's revision. */
  readonly branch: string;
  /** Environments that changes come from: a commit must be proven in each of them. Empty for one that tracks the trunk. */
  readonly from: readonly string[];
  readonly clusters: ClusterSelector;
  readonly values: Values;
  /** Undefined for one without `from`. */
  readonly promotion: PromotionPolicy | undefined;
  /** How a revision goes through it; undefined: to all clusters at once. */
  readonly rollout: RolloutPolicy | undefined;
  readonly guards: Guards;
}

/** What keeps a mistake in Git from emptying clusters. */
export interface Guards {
  /** How much one cluster may lose at once; undefined: the default. */
  readonly maxDeletes: DeleteBudget | undefined;
  /** It may come to have no applications at all. */
  readonly allowEmpty: boolean;
}

export type Values = Readonly<Record<string, string>>;

/** application.yaml after validation. */
export interface Application {
  readonly name: string;
  /** application.yaml itself, relative to the root of the repository. */
  readonly file: string;
  /** Folder to render, relative to the root, ${environment} not yet filled in. */
  readonly path: string;
  readonly namespace: string | undefined;
  /** "namespace/name": whose rights its objects are written with; undefined: the tenant's, else the agent's own. */
  readonly serviceAccount: string | undefined;
  readonly renderer: "auto" | "plain" | "kustomize";
  readonly dependsOn: readonly string[];
  readonly driftMode: DriftMode;
  readonly driftIgnore: readonly DriftRule[];
  readonly driftStrict: boolean;
  readonly prune: boolean;
  /** What becomes of its objects when it leaves Git; undefined: as `prune` says. */
  readonly deletion: DeletionPolicy | undefined;
  /** Instead of the environment's. */
  readonly maxDeletes: DeleteBudget | undefined;
  readonly timeoutSeconds: number;
  readonly health: readonly HealthCheck[];
  readonly apply: ApplyPolicy;
  /** Present: ${…} in the manifests is filled in, with these values over environment and cluster values. */
  readonly substitute: Values | undefined;
  /** It may come to render nothing, which prunes what it had. */
  readonly allowEmpty: boolean;
}
