export { runCommandLine } from "./run-command-line.ts";
export { runDaemon } from "./run-daemon.ts";
