import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byField,
  byFieldOrFailed,
  byStrictCondition,
  condition,
  conditions,
  generation,
  holds,
  isFalse,
  isSet,
  isTrue,
  listAt,
  not,
  numberAt,
  reason,
} from "./expressions.ts";

const strimzi: KnownCheck = {
  suspended: isTrue("ReconciliationPaused"),
  failed: isTrue("NotReady"),
  current: isTrue("Ready"),
};

const elasticHealth = byField("status.health", { failed: ["red"], current: ["green"] });

const confluent: KnownCheck = byField("status.phase", { failed: ["FAILED"], current: ["RUNNING"] });

const mariadb: KnownCheck = {
  failed: condition0("False", `${reason} == 'Failed'`),
  current: all(isSet("status.conditions"), not(condition0("False"))),
};

function condition0(status: string, also = "true"): string {
  return `${conditions}.exists(c, c.status == '${status}' && ${also})`;
}

const rabbitTopology: KnownCheck = { failed: isFalse("Ready"), current: isTrue("Ready") };

const hibernation = "cnpg.io/hibernation";
/** The first tries may come before what they need. */
const applied: KnownCheck = {
  failed: all("status.?applied.orValue(true) == false", `${numberAt("status.observedGeneration")} == ${generation}`),
  current: holds("status.applied"),
};

const brokers = "status.?brokersState.orValue({})";
const brokerIsWell = [
  "status.brokersState[b].?configurationState.orValue('') == 'ConfigInSync'",
  "status.brokersState[b].?gracefulActionState.?cruiseControlState.orValue('') in ['GracefulUpscaleSucceeded', 'GracefulDownscaleSucceeded']",
].join(" && ");

/** Databases, queues, search and storage. */
export const data: KnownGroups = {
  "postgresql.cnpg.io": {
    Cluster: {
      suspended: any(
        "metadata.?annotations[?'cnpg.io/reconciliationLoop'].orValue('') == 'disabled'",
        isTrue(hibernation),
      ),
      // Switchovers, restarts and upgrades are on their way to what was asked for; these wait for a person.
      failed: any(
        isFalse(hibernation),
        among(
          "status.phase",
          "Waiting for user action",
          "Cluster cannot execute instance online upgrade due to missing architecture binary",
          "Unable to create required cluster objects",
          "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
          "Cluster has incomplete or invalid image catalog",
          "Cluster is unrecoverable and needs manual intervention",
        ),
      ),
      current: among("status.phase", "Cluster in healthy state"),
    },
    Backup: byField("status.phase", {
      failed: ["failed", "walArchivingFailing", "invalid backup definition"],
      current: ["completed"],
    }),
    "Database Publication Subscription": applied,
  },
  "acid.zalan.do": {
    postgresql: byFieldOrFailed("status.PostgresClusterStatus", {
      inProgress: ["Creating", "Updating"],
      current: ["Running"],
    }),
  },
  "k8s.mariadb.com": {
    MariaDB: mariadb,
    Backup: {
      failed: condition0("False", `${reason} == 'CronJobScheduled' && c.?message.orValue('') == 'Failed'`),
      current: mariadb.current ?? "",
    },
    "Database Grant User": byStrictCondition("Ready"),
    SqlJob: {
      failed: condition0("True", `${reason} == 'JobFailed'`),
      current: condition0("True", `${reason} == 'JobComplete'`),
    },
  },
  "mariadb.mmontes.io": { MariaDB: mariadb },
  "psmdb.percona.com": {
    PerconaServerMongoDB: byField("status.state", { suspended: ["paused"], failed: ["error"], current: ["ready"] }),
  },
  "pxc.percona.com": {
    PerconaXtraDBCluster: byField("status.state", { suspended: ["paused"], failed: ["error"], current: ["ready"] }),
  },
  "pgv2.percona.com": {
    PerconaPGCluster: byField("status.state", { suspended: ["paused"], failed: ["error"], current: ["ready"] }),
  },
  "mongodbcommunity.mongodb.com": {
    MongoDBCommunity: byField("status.phase", { failed: ["Failed"], current: ["Running"] }),
  },
  "db.atlasgo.io": {
    AtlasMigration: { failed: condition("Ready", "False", `${reason} != 'Reconciling'`), current: isTrue("Ready") },
    AtlasSchema: {
      failed: condition("Ready", "False", "!(c.?message.orValue('') in ['Reconciling', 'GettingDevDB'])"),
      current: isTrue("Ready"),
    },
  },
  "clickhouse.altinity.com": {
    ClickHouseInstallation: byFieldOrFailed("status.status", { inProgress: ["InProgress"], current: ["Completed"] }),
  },
  "clickhouse-keeper.altinity.com": {
    ClickHouseKeeperInstallation: byFieldOrFailed("status.status", {
      inProgress: ["InProgress"],
      current: ["Completed"],
    }),
  },
  "cassandra.rook.io": {
    Cluster: {
      current: all(
        isSet("status.racks"),
        "status.?racks.orValue({}).all(r, status.racks[r].?members.orValue(0) == status.racks[r].?readyMembers.orValue(0))",
      ),
    },
  },
  "medusa.k8ssandra.io": {
    "MedusaBackupJob MedusaTask": {
      failed: `${listAt("status.failed")}.size() > 0`,
      current: `${listAt("status.finished")}.size() > 0`,
    },
  },
  "kafka.strimzi.io": {
    Kafka: { ...strimzi, failed: condition("NotReady", "True", `${reason} != 'Creating'`) },
    "KafkaBridge KafkaConnect KafkaConnector KafkaMirrorMaker2 KafkaTopic KafkaUser": strimzi,
  },
  "kafka.banzaicloud.io": {
    KafkaCluster: {
      inProgress: among("status.state", "ClusterRollingUpgrading"),
      failed: `!${brokers}.all(b, ${brokerIsWell})`,
      current: all(
        isSet("status.brokersState"),
        among("status.cruiseControlTopicStatus", "CruiseControlTopicReady"),
        among("status.state", "ClusterRunning"),
      ),
    },
  },
  "platform.confluent.io": {
    "Connect ControlCenter Kafka KRaftController KsqlDB SchemaRegistry Zookeeper": confluent,
    Connector: {
      failed: any(among("status.state", "ERROR"), `${numberAt("status.failedTasksCount")} > 0`),
      current: all(among("status.state", "CREATED"), among("status.connectorState", "RUNNING")),
    },
  },
  "zookeeper.pravega.io": {
    ZookeeperCluster: {
      current: all(
        `${numberAt("status.readyReplicas")} > 0`,
        `${numberAt("status.readyReplicas")} == ${numberAt("status.replicas")}`,
      ),
    },
  },
  "rabbitmq.com": {
    RabbitmqCluster: {
      suspended: all(
        numberAt("spec.replicas", 1) + " == 0",
        condition("AllReplicasReady", "False", `${reason} == 'ScaledToZero'`),
      ),
      failed: isFalse("ReconcileSuccess"),
      current: all(isTrue("ClusterAvailable"), isTrue("AllReplicasReady")),
    },
    "Binding Exchange Federation OperatorPolicy Permission Policy Queue Shovel SuperStream TopicPermission User Vhost":
      rabbitTopology,
  },
  "elasticsearch.k8s.elastic.co": {
    Elasticsearch: {
      failed: any(among("status.phase", "Invalid"), all(among("status.phase", "Ready"), among("status.health", "red"))),
      current: all(among("status.phase", "Ready"), among("status.health", "green")),
    },
  },
  "agent.k8s.elastic.co": { Agent: elasticHealth },
  "apm.k8s.elastic.co": { ApmServer: elasticHealth },
  "beat.k8s.elastic.co": { Beat: elasticHealth },
  "enterprisesearch.k8s.elastic.co": { EnterpriseSearch: elasticHealth },
  "kibana.k8s.elastic.co": { Kibana: elasticHealth },
  "logstash.k8s.elastic.co": { Logstash: elasticHealth },
  "maps.k8s.elastic.co": { ElasticMapsServer: elasticHealth },
  "solr.apache.org": {
    SolrCloud: {
      current: all(isSet("status.solrNodes"), `${listAt("status.solrNodes")}.all(n, n.?ready.orValue(false))`),
    },
  },
  "minio.min.io": {
    Tenant: byField("status.currentState", {
      failed: [
        "Statefulset not controlled by operator",
        "Another MinIO Tenant already exists in the namespace",
        "Tenant credentials are not set properly",
        "Different versions across MinIO Pools",
        "Pool Decommissioning Not Allowed",
      ],
      current: ["Initialized"],
    }),
  },
  "ceph.rook.io": {
    CephCluster: {
      failed: any(
        among("status.ceph.health", "HEALTH_ERR", "HEALTH_WARN"),
        all(among("status.ceph.health", "HEALTH_OK"), among("status.state", "Error")),
      ),
      current: all(among("status.ceph.health", "HEALTH_OK"), among("status.state", "", "Created", "Connected")),
    },
    "CephBlockPool CephFilesystem CephObjectStore": byField("status.phase", {
      failed: ["Failure"],
      current: ["Ready", "Connected"],
    }),
  },
  "objectbucket.io": {
    ObjectBucketClaim: byField("status.phase", { failed: ["Failed"], current: ["Bound"] }),
  },
  "ocs.openshift.io": {
    StorageCluster: {
      failed: isTrue("Degraded"),
      current: all(not(isTrue("Progressing")), isTrue("Available")),
    },
  },
  "snapshot.storage.k8s.io": {
    "VolumeSnapshot VolumeSnapshotContent": {
      failed: all(not(holds("status.readyToUse")), isSet("status.error")),
      current: holds("status.readyToUse"),
    },
  },
};
