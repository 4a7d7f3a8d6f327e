export { type Authority, openAuthority } from "./authority.ts";
export { createEnrolment } from "./enrolment.ts";
export { createJoinTokens, type JoinTokenRecord } from "./join-tokens.ts";
export { createPersonTokens, type PersonTokenRecord } from "./person-tokens.ts";
