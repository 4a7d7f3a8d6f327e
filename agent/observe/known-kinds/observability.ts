import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byCondition,
  byField,
  conditions,
  holds,
  isFalse,
  isSet,
  isTrue,
  not,
  reason,
  textAt,
} from "./expressions.ts";

const monitor: KnownCheck = {
  failed: `${conditions}.exists(c, c.type == 'Available' && c.status != 'True' && ${reason} != 'SomePodsNotReady')`,
  current: isTrue("Available"),
};

const humio = byField("status.state", { failed: ["ConfigError"], current: ["Exists"] });

const keptn = byField("status.status", { failed: ["Failed"], current: ["Succeeded"] });

const synchronized: KnownCheck = {
  failed: `${conditions}.exists(c, c.type != 'FolderUIDMismatch' && c.status == 'False' || c.type == 'FolderUIDMismatch' && c.status == 'True')`,
  current: `${conditions}.exists(c, c.status == 'True')`,
};

const collectors = textAt("status.scale.statusReplicas");
const [readyCollectors, allCollectors] = [`${collectors}.split('/')[0]`, `${collectors}.split('/')[1]`];

/** Metrics, logs, traces, and what looks at them. */
export const observability: KnownGroups = {
  "monitoring.coreos.com": { "Alertmanager Prometheus PrometheusAgent ThanosRuler": monitor },
  "operator.victoriametrics.com": {
    "*": byField("status.updateStatus", {
      suspended: ["paused"],
      failed: ["failed"],
      current: ["operational", "ignored"],
    }),
  },
  "grafana.integreatly.org": {
    Grafana: {
      failed: among("status.stageStatus", "failed"),
      current: all(among("status.stage", "complete"), among("status.stageStatus", "success")),
    },
    "GrafanaDashboard GrafanaFolder": synchronized,
    GrafanaDatasource: {
      failed: any(holds("status.NoMatchingInstances"), isFalse("DatasourceSynchronized")),
      current: any(`${textAt("status.uid")} != ''`, isTrue("DatasourceSynchronized")),
    },
  },
  "grafana-org-operator.kubitus-project.gitlab.io": { "*": byCondition("Ready") },
  "opentelemetry.io": {
    OpenTelemetryCollector: {
      failed: all(
        `${collectors} != ''`,
        `${readyCollectors} == '0'`,
        not(all(among("spec.mode", "daemonset"), `${allCollectors} == '0'`)),
      ),
      current: any(
        all(among("spec.mode", "sidecar"), `${collectors} == ''`),
        all(`${collectors} != ''`, `${readyCollectors} == ${allCollectors}`),
      ),
    },
  },
  "jaegertracing.io": { Jaeger: byField("status.phase", { failed: ["Failed"], current: ["Running"] }) },
  "datadoghq.com": { DatadogMetric: { failed: any(isTrue("Error"), isFalse("Valid")), current: "true" } },
  "coralogix.com": { "Alert RecordingRuleGroupSet": byCondition("RemoteSynced") },
  "core.humio.com": {
    "HumioAction HumioAlert HumioIngestToken HumioParser HumioRepository HumioView": humio,
    HumioCluster: byField("status.state", { failed: ["ConfigError"], current: ["Running"] }),
  },
  "lifecycle.keptn.sh": {
    "KeptnAppVersion KeptnTask KeptnWorkloadInstance KeptnWorkloadVersion": keptn,
    KeptnEvaluation: byField("status.overallStatus", { failed: ["Failed"], current: ["Succeeded"] }),
  },
  "metrics.keptn.sh": {
    Analysis: {
      failed: all(isSet("status.pass"), not(holds("status.pass")), not(holds("status.warning"))),
      current: any(holds("status.pass"), holds("status.warning")),
    },
    KeptnMetric: {
      failed: `${textAt("status.errMsg")} != ''`,
      current: isSet("status.value"),
    },
  },
};
