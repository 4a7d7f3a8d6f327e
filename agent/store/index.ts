export { createAgentStore } from "./agent-directory.ts";
export { createSecretStore } from "./agent-secrets.ts";
