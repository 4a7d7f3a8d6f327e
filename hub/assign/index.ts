export { assembleApplication } from "./application.ts";
export { assembleBody } from "./body.ts";
export { nextAssignment } from "./generation.ts";
export { emptyApplicationProblem, emptyEnvironmentProblem } from "./guards.ts";
