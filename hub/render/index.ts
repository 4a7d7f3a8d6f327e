export { manifestText } from "./manifest-text.ts";
export { hydratedFile, metadataFile } from "./plain.ts";
export { createRenderer } from "./renderer.ts";
