/** Marks and names by which Drover recognises what it owns in a cluster. */
export const fieldManager = "drover";
/** Where the agent keeps its inventory. */
export const systemNamespace = "drover-system";
/** Labels on every object an agent applies; watches select on `application`. */
export const ownershipLabels = {
  environment: "drover.dev/environment",
  application: "drover.dev/application",
} as const;
/** Label on Jobs that the agent runs for gates. */
export const gateJobLabel = "drover.dev/gate-job";
/** Label on inventory ConfigMaps. */
export const inventoryLabel = "drover.dev/inventory";
/** Label on Secrets with what is remembered of hooks. */
export const hooksLabel = "drover.dev/hooks";
/** Annotation on objects that hooks made: which run of which hook it is. */
export const hookRunAnnotation = "drover.dev/hook-run";
/** "disabled" keeps the object when it leaves Git. */
export const pruneAnnotation = "drover.dev/prune";
/** "report" or "correct": overrides the application's drift mode for one object. */
export const driftAnnotation = "drover.dev/drift";
/** "disabled" leaves ${…} in the object alone. Flux's own annotation is honoured too. */
export const substituteAnnotations = ["drover.dev/substitute", "kustomize.toolkit.fluxcd.io/substitute"] as const;
