export { type Condition, parseCondition, type Variables } from "./condition.ts";
