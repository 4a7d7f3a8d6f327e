export {
  applicationFiles,
  heldApplications,
  type RefusedApplication,
  resolveApplications,
} from "./applications.ts";
export { environmentProblems, type FleetResolution, fleetFile, resolveFleet } from "./fleet.ts";
export { withNamespace } from "./namespaces.ts";
export { positionOfSource, problemsOf, refusal, refuseAny } from "./refusal.ts";
export type { ResolvedApplication } from "./resolved-application.ts";
export { type Settings, sameSettings, settingsId, settingsOf, withSettings } from "./settings.ts";
export { substitute, usedVariables } from "./substitute.ts";
export { tenancyOf, tenantProblems } from "./tenants.ts";
export { folderFor, folderPattern, foldersOf, folderVariables, valuesFor, valuesKey } from "./values.ts";
