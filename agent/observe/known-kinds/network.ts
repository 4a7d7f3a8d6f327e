import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  any,
  byCondition,
  conditions,
  generation,
  hasConditions,
  isFalse,
  isNotTrue,
  isOfThisGeneration,
  isSet,
  isTrue,
  listAt,
  not,
  reason,
} from "./expressions.ts";

/** Those of the Gateways (or other attachments `p`) that have said something about the object as it is now. */
function observedBy(list: string): string {
  const said = "p.?conditions.orValue([])";
  return `${listAt(list)}.filter(p, ${said}.size() > 0 && ${isOfThisGeneration(said)})`;
}

function someOf(list: string, test: string): string {
  return `${observedBy(list)}.exists(p, p.conditions.exists(c, ${test}))`;
}

const refused = "c.type in ['Accepted', 'ResolvedRefs'] && c.status == 'False'";
const notProgrammed = "c.type == 'Programmed' && c.status != 'True'";

const route: KnownCheck = {
  failed: someOf("status.parents", refused),
  current: all(
    someOf("status.parents", "c.type == 'Accepted' && c.status == 'True'"),
    not(someOf("status.parents", notProgrammed)),
  ),
};

/** Accepted by one Gateway is enough, refused by one is not. */
const policy: KnownCheck = {
  failed: someOf("status.ancestors", "c.type in ['Accepted', 'ResolvedRefs'] && c.status == 'False'"),
  current: someOf("status.ancestors", "c.type == 'Accepted' && c.status == 'True'"),
};

const ancestorsSay = (test: string) =>
  `${listAt("status.ancestors")}.exists(p, p.?conditions.orValue([]).exists(c, ${test}))`;
/** All of its ancestors are to know it as it is now. */
const policyOfAll: KnownCheck = {
  ...policy,
  inProgress: `!${listAt("status.ancestors")}.all(p, ${isOfThisGeneration("p.?conditions.orValue([])")})`,
};

const listenersSay = (test: string) =>
  `${listAt("status.listeners")}.exists(l, l.?conditions.orValue([]).exists(c, ${test}))`;
const says = (test: string) => `${conditions}.exists(c, ${test})`;

const gateway = {
  inProgress: not(isOfThisGeneration(conditions)),
  failed: any(says(refused), listenersSay(`${refused} || c.type == 'Conflicted' && c.status == 'True'`)),
  current: all(
    any(hasConditions, `${listAt("status.listeners")}.size() > 0`),
    not(says(notProgrammed)),
    not(says("c.type == 'Accepted' && c.status != 'True'")),
    not(listenersSay(notProgrammed)),
  ),
};

/** Gloo tells its states by name, older versions by number, and per namespace of its own where it runs more than once. */
const glooStates =
  "[status.?state.orValue('')] + status.?statuses.orValue({}).map(n, status.statuses[n].?state.orValue(''))";
const gloo: KnownCheck = {
  failed: `(${glooStates}).exists(s, s in ['Warning', 'Rejected'] || s == 2 || s == 3)`,
  current: `(${glooStates}).exists(s, s == 'Accepted' || s == 1)`,
};

const valid = "c.type == 'Valid'";
const observedValid = (status: string) =>
  `${conditions}.exists(c, ${valid} && c.status == '${status}' && c.?observedGeneration.orValue(0) == ${generation})`;

/** How requests get in and around. */
export const network: KnownGroups = {
  "gateway.networking.k8s.io": {
    Gateway: gateway,
    GatewayClass: { inProgress: not(isOfThisGeneration(conditions)), ...byCondition("Accepted") },
    ListenerSet: { ...gateway, current: all(`${listAt("status.listeners")}.size() > 0`, gateway.current) },
    "GRPCRoute HTTPRoute TLSRoute TCPRoute UDPRoute": route,
    BackendTLSPolicy: policyOfAll,
  },
  "gateway.networking.x-k8s.io": { XListenerSet: gateway },
  "gateway.envoyproxy.io": {
    Backend: {
      inProgress: not(isOfThisGeneration(conditions)),
      failed: isNotTrue("Accepted"),
      current: isTrue("Accepted"),
    },
    "BackendTrafficPolicy ClientTrafficPolicy EnvoyExtensionPolicy EnvoyPatchPolicy SecurityPolicy": policy,
  },
  "gateway.solo.io": {
    "Gateway MatchableHttpGateway RouteOption RouteTable VirtualHostOption VirtualService": gloo,
  },
  "gloo.solo.io": { "Proxy Settings Upstream UpstreamGroup": gloo },
  "microgateway.airlock.com": {
    "*": {
      inProgress: policyOfAll.inProgress ?? "",
      failed: all(
        isSet("status.ancestors"),
        "kind.endsWith('Policy')",
        `${listAt("status.ancestors")}.exists(p, !p.?conditions.orValue([]).exists(c, c.type == 'Accepted') || p.conditions.exists(c, ${refused}))`,
      ),
      current: any("!kind.endsWith('Policy')", ancestorsSay("c.type == 'Accepted' && c.status == 'True'")),
    },
  },
  "projectcontour.io": {
    ExtensionService: { failed: observedValid("False"), current: observedValid("True") },
    HTTPProxy: { failed: observedValid("False"), current: observedValid("True") },
  },
  "install.istio.io": {
    IstioOperator: {
      failed: "status.?status.orValue('') in ['ERROR', 4]",
      current: "status.?status.orValue('') in ['HEALTHY', 3]",
    },
  },
  "kiali.io": { Kiali: { failed: isTrue("Failure"), current: isTrue("Successful") } },
  "route.openshift.io": {
    Route: {
      failed: `${listAt("status.ingress")}.exists(i, i.?conditions.orValue([]).exists(c, c.type == 'Admitted' && c.status == 'False'))`,
      current: all(
        isSet("status.ingress"),
        `${listAt("status.ingress")}.all(i, i.?conditions.orValue([]).exists(c, c.type == 'Admitted' && c.status == 'True'))`,
      ),
    },
  },
  "operator.openshift.io": {
    IngressController: {
      failed: isTrue("Degraded"),
      current: all(isTrue("Available"), not(isTrue("Progressing")), not(isFalse("DeploymentReplicasAllAvailable"))),
    },
  },
  "proclaim.dogmatiq.io": {
    DNSSDServiceInstance: {
      failed: any(
        isFalse("Adopted"),
        `${conditions}.exists(c, c.type in ['Advertised', 'Discoverable'] && ${reason} in ['AdvertiseError', 'UnadvertiseError', 'DiscoveryError'])`,
      ),
      current: isTrue("Discoverable"),
    },
  },
};
