export { type ForgeAddress, forgeAddress } from "./address.ts";
export { openForge } from "./open.ts";
