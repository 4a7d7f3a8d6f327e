export { createEnvironmentChanges } from "./environment-changes.ts";
