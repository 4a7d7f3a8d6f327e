export { type EnrolOptions, enrol } from "./enrol.ts";
export { createIdentityKeeper, type IdentityKeeper } from "./identity-keeper.ts";
export { createKeyRequest } from "./key-request.ts";
