import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { fieldsOf, healthy, listOf, progressing, specOf, statusOf, textOf } from "./fields.ts";

export function assessService(live: LiveObject): Health {
  const spec = specOf(live);
  if (spec["type"] !== "LoadBalancer") return healthy;
  if (textOf(spec["clusterIP"]) === "") return progressing("no cluster IP yet");
  const addresses = listOf(fieldsOf(statusOf(live)["loadBalancer"])["ingress"]);
  return addresses.length === 0 ? progressing("no load balancer address yet") : healthy;
}
