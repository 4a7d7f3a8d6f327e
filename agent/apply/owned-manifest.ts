import { type Manifest, ownershipLabels } from "../../common/domain/index.ts";
import { withoutFilledIn } from "./filled-in.ts";

/** The manifest as it is applied: with the labels that say whose it is, without what controllers are to fill in. */
export function ownedManifest(manifest: Manifest, environment: string, application: string): Manifest {
  const applied = withoutFilledIn(manifest);
  return {
    ...applied,
    metadata: {
      ...said(applied.metadata),
      labels: {
        ...applied.metadata.labels,
        [ownershipLabels.environment]: environment,
        [ownershipLabels.application]: application,
      },
    },
  };
}

/** Empty annotations would be ours until somebody adds one. */
function said(metadata: Manifest["metadata"]): Manifest["metadata"] {
  const entries = Object.entries(metadata).filter(([, value]) => !isEmpty(value));
  return { ...Object.fromEntries(entries), name: metadata.name };
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
}
