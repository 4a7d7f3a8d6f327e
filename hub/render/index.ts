export { manifestText } from "./manifest-text.ts";
export { hydratedFile, metadataFile } from "./plain.ts";
export { readApplications, readTexts } from "./read-applications.ts";
export { createRenderer } from "./renderer.ts";
