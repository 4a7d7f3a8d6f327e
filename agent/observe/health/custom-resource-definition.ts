import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { conditionOf, degraded, explain, healthy, progressing } from "./fields.ts";

export function assessCustomResourceDefinition(live: LiveObject): Health {
  const terminating = conditionOf(live, "Terminating");
  if (terminating?.status === "True") return progressing(explain(terminating, "being deleted"));
  const names = conditionOf(live, "NamesAccepted");
  if (names?.status === "False") return degraded(explain(names, "names not accepted"));
  const established = conditionOf(live, "Established");
  if (established?.status === "False" && ["NotAccepted", "InvalidCABundle"].includes(established.reason)) {
    return degraded(explain(established, "not established"));
  }
  const nonStructural = conditionOf(live, "NonStructuralSchema");
  if (nonStructural?.status === "True") return degraded(explain(nonStructural, "schema is not structural"));
  return established?.status === "True" ? healthy : progressing("not established yet");
}
