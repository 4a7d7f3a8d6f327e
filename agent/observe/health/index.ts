export { assess, changesWithTime, needsStatus } from "./assess.ts";
export { assessByCheck, type ParsedHealthCheck } from "./checked.ts";
export { isDoneWhenGone } from "./job.ts";
export { assessByKnownCheck, type ParsedKnownCheck } from "./known.ts";
export { isWorkload, podSelector, troubledPods } from "./workload-pods.ts";
