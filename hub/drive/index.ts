export { asProposed, proposedRollback } from "./proposed-rollback.ts";
export {
  actorTrailer,
  environmentTrailer,
  reasonTrailer,
  revertsTrailer,
  trailer,
  treeTrailer,
} from "./release.ts";
export type { MachineIdentity } from "./revert.ts";
export { createRollouts, type Rollouts } from "./rollouts.ts";
