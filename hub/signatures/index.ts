export { openSignatures } from "./open-signatures.ts";
