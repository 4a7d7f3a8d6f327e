export { type AgentServerOptions, createAgentServer } from "./agent-server.ts";
export { defaultLimits, type StreamLimits } from "./limits.ts";
export type { ServerTls, ServerTlsSource } from "./tls-front.ts";
