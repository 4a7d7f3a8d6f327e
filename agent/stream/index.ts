export { decideEpoch, type EpochDecision } from "./epoch.ts";
export { createHubConnection, type HubConnection, type HubConnectionOptions } from "./hub-connection.ts";
export type {
  HeldAssignment,
  IdentitySource,
  ReportBatch,
  ReportBatchEntry,
  ReportSource,
  StreamHandlers,
} from "./ports.ts";
