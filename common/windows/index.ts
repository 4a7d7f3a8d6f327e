export { instantIn, isCron, isTimeZone } from "./calendar.ts";
export { neverOpens, type WindowMoment, windowAt } from "./window-at.ts";
