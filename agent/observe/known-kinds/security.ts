import type { KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byCondition,
  byField,
  byStrictCondition,
  condition,
  conditions,
  generation,
  holds,
  isOfThisGeneration,
  isPresent,
  isSet,
  isTrue,
  listAt,
  not,
  ready,
  reason,
  textAt,
} from "./expressions.ts";

const acme = byField("status.state", { failed: ["invalid", "expired", "errored"], current: ["valid"] });

/** Kyverno's policies in CEL keep their conditions one level down. */
const policyConditions = listAt("status.conditionStatus.conditions");
const kyvernoPolicy = {
  inProgress: `${policyConditions}.exists(c, c.?observedGeneration.orValue(${generation}) < ${generation})`,
  failed: all(isSet("status.conditionStatus"), not(holds("status.conditionStatus.ready"))),
  current: holds("status.conditionStatus.ready"),
};

const compliance = {
  failed: not(among("status.compliant", "", "Compliant")),
  current: among("status.compliant", "Compliant"),
};

/** Certificates, secrets, and policies. */
export const security: KnownGroups = {
  "cert-manager.io": {
    // Its status has no generation, its conditions have. That there is no Secret is what its issuing starts with.
    Certificate: {
      inProgress: any(
        isTrue("Issuing"),
        all(not(isPresent("Issuing")), condition("Ready", "False", `${reason} == 'DoesNotExist'`)),
        not(isOfThisGeneration(`${conditions}.filter(c, c.type == 'Ready')`)),
      ),
      ...ready,
    },
    CertificateRequest: {
      failed: any(isTrue("Denied", "InvalidRequest"), condition("Ready", "False", `${reason} != 'Pending'`)),
      current: isTrue("Ready"),
    },
    "Issuer ClusterIssuer": ready,
  },
  "certmanager.k8s.io": { "Certificate Issuer ClusterIssuer": ready },
  "acme.cert-manager.io": { "Challenge Order": acme },
  "trust.cert-manager.io": { Bundle: byStrictCondition("Synced") },
  "networking.gke.io": {
    ManagedCertificate: {
      failed: `${listAt("status.domainStatus")}.exists(d, d.?status.orValue('') == 'FailedNotVisible')`,
      current: among("status.certificateStatus", "Active"),
    },
  },
  "external-secrets.io": {
    "ExternalSecret PushSecret SecretStore ClusterSecretStore ClusterPushSecret": ready,
    ClusterExternalSecret: {
      failed: all(isTrue("PartiallyReady", "NotReady"), not(isTrue("Ready"))),
      current: isTrue("Ready"),
    },
  },
  "kubernetes-client.io": {
    ExternalSecret: {
      failed: `${textAt("status.status")}.startsWith('ERROR')`,
      current: among("status.status", "SUCCESS"),
    },
  },
  "bitnami.com": { SealedSecret: byCondition("Synced") },
  "onepassword.com": { OnePasswordItem: ready },
  "addons.projectcapsule.dev": { "GlobalSopsSecret SopsProvider SopsSecret": ready },
  "k8s.keycloak.org": {
    "Keycloak KeycloakRealmImport": { failed: isTrue("HasErrors"), current: isTrue("Ready", "Done") },
  },
  "templates.gatekeeper.sh": {
    ConstraintTemplate: {
      failed: `${listAt("status.byPod")}.exists(p, p.?errors.orValue([]).size() > 0)`,
      current: holds("status.created"),
    },
  },
  "kyverno.io": {
    ClusterPolicy: byStrictCondition("Ready"),
    Policy: byStrictCondition("Ready"),
  },
  "policies.kyverno.io": {
    "DeletingPolicy GeneratingPolicy ImageValidatingPolicy MutatingPolicy ValidatingPolicy": kyvernoPolicy,
    "NamespacedDeletingPolicy NamespacedGeneratingPolicy NamespacedImageValidatingPolicy": kyvernoPolicy,
    "NamespacedMutatingPolicy NamespacedValidatingPolicy": kyvernoPolicy,
  },
  "policy.open-cluster-management.io": {
    CertificatePolicy: compliance,
    ConfigurationPolicy: {
      inProgress: `status.?lastEvaluatedGeneration.orValue(0) != ${generation}`,
      ...compliance,
    },
    OperatorPolicy: byStrictCondition("Compliant"),
    // Below a hub's policy are the clusters it was sent to; where it was sent nowhere, there is nothing to comply with.
    Policy: {
      failed: all(not(holds("spec.disabled")), compliance.failed),
      current: any(
        holds("spec.disabled"),
        compliance.current,
        all(not(isSet("status.compliant")), not(isSet("status.status")), `${listAt("status.placement")}.size() > 0`),
      ),
    },
  },
};
