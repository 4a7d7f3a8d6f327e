export { createFleetActions } from "./actions.ts";
export { type BlobTable, createBlobTable } from "./blob-table.ts";
export { createDesk } from "./desk.ts";
export {
  type ApplicationState,
  createFleetState,
  type EnvironmentState,
  type FleetState,
  type LastGood,
  type StoredOffer,
} from "./fleet-state.ts";
export { createFleetQueries } from "./views.ts";
