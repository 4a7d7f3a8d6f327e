export { actorTrailer, reasonTrailer, trailer, treeTrailer } from "./release.ts";
export { createRollouts, type Rollouts } from "./rollouts.ts";
