export type { IdentitySource, ReportBatch, ReportBatchEntry, ReportSource, StreamHandlers } from "./ports.ts";
