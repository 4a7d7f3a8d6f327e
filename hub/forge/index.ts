export { type ForgeAddress, type ForgeKind, forgeAddress, forgeKinds } from "./address.ts";
export { configuredForge } from "./configured.ts";
export { openForge } from "./open.ts";
