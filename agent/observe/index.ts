export { type Addition, additions, additionsKey } from "./additions.ts";
export { type Contest, judgeContest, noContest } from "./contest.ts";
export { type Comparison, compareFields } from "./drift-fields.ts";
export { createDriftLog, type DriftLog } from "./drift-log.ts";
export { kindKey, type Observed } from "./facts.ts";
export { fieldsHash } from "./fields-hash.ts";
export { isDoneWhenGone } from "./health/index.ts";
export { withoutIgnored } from "./ignore.ts";
export { type Change, createObserver, type Observer } from "./observer.ts";
