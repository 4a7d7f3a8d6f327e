import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { degraded, healthy, listOf, specOf, statusOf, suspended, textOf, timeOf } from "./fields.ts";

/** A run in progress is a CronJob's everyday life and says nothing about a change: Healthy, as in Argo CD. */
export function assessCronJob(live: LiveObject): Health {
  if (specOf(live)["suspend"] === true) return suspended("suspended");
  const status = statusOf(live);
  const scheduled = timeOf(status["lastScheduleTime"]);
  if (scheduled === undefined || listOf(status["active"]).length > 0) return healthy;
  const succeeded = timeOf(status["lastSuccessfulTime"]);
  if (succeeded !== undefined && succeeded >= scheduled) return healthy;
  return degraded(`the run of ${textOf(status["lastScheduleTime"])} did not succeed`);
}
