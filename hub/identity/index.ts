export {
  type AgentCertificateOptions,
  type Authority,
  type AuthorityOptions,
  type IssuedCertificate,
  openAuthority,
  type ServerTls,
} from "./authority.ts";
export { createEnrolment, decideEnrolment, type EnrolmentOptions } from "./enrolment.ts";
export { createJoinTokens, type IssueTokenOptions, type JoinTokenRecord, type JoinTokens } from "./join-tokens.ts";
