/**
 * How to tell the health of a well-known kind, in CEL over the object's own top-level fields, as applications write it under
 * `health`. Asked in this order; when none holds the object is in progress. `spec` and `status` are empty when absent, and
 * fields that are null are absent.
 */
export interface KnownCheck {
  /** Somebody stopped it on purpose. */
  readonly suspended?: string;
  readonly inProgress?: string;
  readonly failed?: string;
  readonly current?: string;
}

/**
 * By API group and kind. A key may name several kinds that are told alike ("Issuer ClusterIssuer"), or be "*": all others of
 * the group. A group "*.example.com" is every group below example.com, for what the groups' own entries do not name.
 */
export type KnownGroups = Readonly<Record<string, Readonly<Record<string, KnownCheck>>>>;
