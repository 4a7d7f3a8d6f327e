export { createFleetActions } from "./actions.ts";
export { type BlobTable, createBlobTable } from "./blob-table.ts";
export { createDesk } from "./desk.ts";
export {
  createFleetState,
  type EnvironmentState,
  type FleetState,
  type StoredOffer,
} from "./fleet-state.ts";
export { membersOf } from "./members-of.ts";
export { confirmedPrunes, createPruneConfirmations } from "./prune-confirmations.ts";
export { suspensionOf, suspensionText } from "./suspension-of.ts";
export { createSuspensions } from "./suspensions.ts";
export { createFleetQueries } from "./views.ts";
