export { type ApplicationInput, assembleApplication } from "./application.ts";
export { type AssembledBody, assembleBody } from "./body.ts";
export { type NextAssignment, nextAssignment } from "./generation.ts";
export { emptyApplicationProblem, emptyEnvironmentProblem } from "./guards.ts";
