export { type GitServer, type GitServerOptions, startGitServer } from "./http-backend.ts";
export type { Webhook } from "./push-event.ts";
export { createWorkTree, type WorkTree } from "./work-tree.ts";
