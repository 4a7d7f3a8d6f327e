import { at, type KubeObject, listAt, numberAt, objectAt, textAt } from "../json.ts";
import { ageText } from "./age.ts";
import { age, ageOf, type Column, count, name, none, number, pairs, path, text } from "./column.ts";
import { podStatus } from "./pod-status.ts";

const containers = (object: KubeObject) => listAt(object, "spec", "template", "spec", "containers");
const wideContainers: readonly Column[] = [
  text(
    "Containers",
    (object) =>
      containers(object)
        .map((container) => textAt(container, "name") ?? "")
        .join(","),
    true,
  ),
  text(
    "Images",
    (object) =>
      containers(object)
        .map((container) => textAt(container, "image") ?? "")
        .join(","),
    true,
  ),
];
const selector = text("Selector", (object) => pairs(objectAt(object, "spec", "selector", "matchLabels")), true);

function jobStatus(object: KubeObject): string {
  const condition = (type: string) =>
    listAt(object, "status", "conditions").some(
      (entry) => textAt(entry, "type") === type && textAt(entry, "status") === "True",
    );
  if (condition("Complete")) return "Complete";
  if (condition("Failed")) return "Failed";
  return condition("Suspended") ? "Suspended" : "Running";
}

const ready = text(
  "Ready",
  (object) => `${numberAt(object, "status", "readyReplicas") ?? 0}/${numberAt(object, "spec", "replicas") ?? 0}`,
);

/** Columns of what runs, by Kind.key. */
export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  "/pods": [
    name,
    text("Ready", (object) => {
      const statuses = listAt(object, "status", "containerStatuses");
      return `${statuses.filter((status) => at(status, "ready") === true).length}/${listAt(object, "spec", "containers").length}`;
    }),
    text("Status", podStatus),
    text("Restarts", () => "0"),
    age,
    text("IP", (object) => textAt(object, "status", "podIP") ?? none, true),
    text("Node", (object) => textAt(object, "spec", "nodeName") ?? none, true),
    text("Nominated Node", () => none, true),
    text("Readiness Gates", () => none, true),
  ],
  "apps/deployments": [
    name,
    ready,
    number("Up-to-date", "status", "updatedReplicas"),
    number("Available", "status", "availableReplicas"),
    age,
    ...wideContainers,
    selector,
  ],
  "apps/replicasets": [
    name,
    number("Desired", "spec", "replicas"),
    number("Current", "status", "replicas"),
    number("Ready", "status", "readyReplicas"),
    age,
    ...wideContainers,
    selector,
  ],
  "apps/statefulsets": [name, ready, age, ...wideContainers],
  "apps/daemonsets": [
    name,
    number("Desired", "status", "desiredNumberScheduled"),
    number("Current", "status", "currentNumberScheduled"),
    number("Ready", "status", "numberReady"),
    number("Up-to-date", "status", "updatedNumberScheduled"),
    number("Available", "status", "numberAvailable"),
    text("Node Selector", (object) => pairs(objectAt(object, "spec", "template", "spec", "nodeSelector"))),
    age,
    ...wideContainers,
    selector,
  ],
  "batch/jobs": [
    name,
    text("Status", jobStatus),
    text(
      "Completions",
      (object) => `${numberAt(object, "status", "succeeded") ?? 0}/${numberAt(object, "spec", "completions") ?? 1}`,
    ),
    text("Duration", (object, now) => {
      const start = textAt(object, "status", "startTime");
      const end = textAt(object, "status", "completionTime");
      return start === undefined ? "" : ageText((end === undefined ? now : Date.parse(end)) - Date.parse(start));
    }),
    age,
    ...wideContainers,
  ],
  "batch/cronjobs": [
    name,
    path("Schedule", "spec", "schedule"),
    path("Timezone", "spec", "timeZone"),
    text("Suspend", (object) => (at(object, "spec", "suspend") === true ? "True" : "False")),
    count("Active", (object) => listAt(object, "status", "active").length),
    text("Last Schedule", (object, now) => {
      const last = at(object, "status", "lastScheduleTime");
      return last === undefined ? none : ageOf(last, now);
    }),
    age,
  ],
};
