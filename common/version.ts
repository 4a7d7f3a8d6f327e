import manifest from "../package.json" with { type: "json" };

/** Of hub, agent and CLI alike. */
export const version: string = manifest.version;
