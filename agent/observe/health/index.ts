export { assess, needsStatus } from "./assess.ts";
export { isDoneWhenGone } from "./job.ts";
