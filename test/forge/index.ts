export { ensureForgePrograms } from "./build.ts";
export { type DocumentedCheckRun, startDocumentedGithub } from "./documented-github.ts";
export { startDocumentedGitlab } from "./documented-gitlab.ts";
export { type DocumentedRepository, type DocumentedServer, end, newRevision } from "./documented-repository.ts";
export { type ForgeServer, type ForgeUser, startForge } from "./forge.ts";
