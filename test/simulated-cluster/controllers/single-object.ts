import { type JsonObject, listAt, numberAt, objectAt, textAt } from "../json.ts";
import { builtInKind } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing } from "./context.ts";

const serviceKind = builtInKind("v1", "Service");
const claimKind = builtInKind("v1", "PersistentVolumeClaim");
const budgetKind = builtInKind("policy/v1", "PodDisruptionBudget");

/** The cloud's part of a Service: a load balancer gets an address (of the range for documentation). */
export function reconcileService(context: ControllerContext, key: ObjectKey): void {
  const service = context.get(key);
  if (service === undefined || isGoing(service)) return;
  const balanced = textAt(service, "spec", "type") === "LoadBalancer";
  const last = textAt(service, "spec", "clusterIP")?.split(".").at(-1) ?? "1";
  const ingress = balanced ? { ingress: [{ ip: `203.0.113.${last}`, ipMode: "VIP" }] } : {};
  context.setStatus(serviceKind, service, { ...objectAt(service, "status"), loadBalancer: ingress });
}

/** The storage provisioner: every claim is bound at once. */
export function reconcileClaim(context: ControllerContext, key: ObjectKey): void {
  const claim = context.get(key);
  if (claim === undefined || isGoing(claim)) return;
  if (textAt(claim, "spec", "volumeName") === undefined) {
    const volumeName = `pvc-${textAt(claim, "metadata", "uid")}`;
    return context.update(claimKind, { ...claim, spec: { ...objectAt(claim, "spec"), volumeName } });
  }
  const capacity = objectAt(claim, "spec", "resources", "requests");
  context.setStatus(claimKind, claim, { phase: "Bound", accessModes: listAt(claim, "spec", "accessModes"), capacity });
}

/** Says only that the budget was seen; pods are not counted. */
export function reconcileBudget(context: ControllerContext, key: ObjectKey): void {
  const budget = context.get(key);
  if (budget === undefined || isGoing(budget)) return;
  const observedGeneration = numberAt(budget, "metadata", "generation") ?? 1;
  const status: JsonObject = { ...objectAt(budget, "status"), observedGeneration };
  context.setStatus(budgetKind, budget, status);
}
