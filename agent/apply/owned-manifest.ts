import { type Manifest, ownershipLabels } from "../../common/domain/index.ts";

/** The manifest as it is applied: with the labels that say whose it is. */
export function ownedManifest(manifest: Manifest, environment: string, application: string): Manifest {
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      labels: {
        ...manifest.metadata.labels,
        [ownershipLabels.environment]: environment,
        [ownershipLabels.application]: application,
      },
    },
  };
}
