export { createReportLog, type ReportLog } from "./report-log.ts";
