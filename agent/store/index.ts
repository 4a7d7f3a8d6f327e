export { type AgentDirectory, createAgentStore } from "./agent-directory.ts";
