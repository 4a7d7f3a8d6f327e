export {
  createReportLog,
  type ReportedChange,
  type ReportLog,
  type ReportLogDependencies,
  type ReportPage,
} from "./report-log.ts";
