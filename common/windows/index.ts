export { type WindowMoment, windowAt } from "./window-at.ts";
