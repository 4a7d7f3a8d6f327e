export { type GitServer, startGitServer } from "./http-backend.ts";
export { type DemoGitServer, startDemoGitServer } from "./smart-http.ts";
export { createWorkTree, type WorkTree } from "./work-tree.ts";
