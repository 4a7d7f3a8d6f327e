export { createRollouts, type Rollouts } from "./rollouts.ts";
