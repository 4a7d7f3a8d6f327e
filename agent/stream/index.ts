export { createHubConnection, type HubConnection } from "./hub-connection.ts";
export type { HeldAssignment, ReportBatch, ReportSource } from "./ports.ts";
