export { changedFiles } from "./changelog.ts";
export { createEnvironmentChanges } from "./environment-changes.ts";
