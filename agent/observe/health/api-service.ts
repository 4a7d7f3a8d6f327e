import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { conditionOf, explain, healthy, progressing } from "./fields.ts";

export function assessApiService(live: LiveObject): Health {
  const available = conditionOf(live, "Available");
  if (available?.status === "True") return healthy;
  return progressing(available === undefined ? "waiting to be processed" : explain(available, "not available"));
}
