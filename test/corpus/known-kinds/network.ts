import { at, is, listed, none, type Row } from "./row.ts";

const accepted = { conditions: listed("Accepted True") };
const refused = { conditions: listed("Accepted True", "ResolvedRefs False BackendNotFound") };
const old = { conditions: [{ type: "Accepted", status: "True", observedGeneration: 1 }] };
const gateway = (own: readonly string[], listener: readonly string[]) =>
  at({ conditions: listed(...own), listeners: [{ conditions: listed(...listener) }] });

export const network: readonly Row[] = [
  ["gateway.networking.k8s.io Gateway ListenerSet", gateway(["Programmed True"], ["Programmed True"]), "Healthy"],
  ["gateway.networking.k8s.io Gateway ListenerSet", gateway(["Programmed Unknown"], []), "Progressing"],
  [
    "gateway.networking.k8s.io Gateway ListenerSet",
    gateway(["Programmed True"], ["Accepted False PortUnavailable"]),
    "Degraded",
  ],
  ["gateway.networking.k8s.io Gateway", at(old), "Progressing"],
  ["gateway.networking.x-k8s.io XListenerSet", gateway(["Programmed True"], []), "Healthy"],
  ["gateway.networking.k8s.io GatewayClass", at(accepted), "Healthy"],
  ["gateway.networking.k8s.io GatewayClass", is("Accepted Unknown Pending"), "Progressing"],
  ["gateway.networking.k8s.io GRPCRoute HTTPRoute TLSRoute TCPRoute UDPRoute", at({ parents: [accepted] }), "Healthy"],
  [
    "gateway.networking.k8s.io GRPCRoute HTTPRoute TLSRoute TCPRoute UDPRoute",
    at({ parents: [accepted, refused] }),
    "Degraded",
  ],
  ["gateway.networking.k8s.io HTTPRoute", at({ parents: [old] }), "Progressing"],
  [
    "gateway.networking.k8s.io HTTPRoute",
    at({ parents: [{ conditions: listed("Accepted True", "Programmed False") }] }),
    "Progressing",
  ],
  ["gateway.networking.k8s.io BackendTLSPolicy", at({ ancestors: [accepted] }), "Healthy"],
  ["gateway.networking.k8s.io BackendTLSPolicy", at({ ancestors: [accepted, old] }), "Progressing"],
  ["gateway.envoyproxy.io Backend", at(accepted), "Healthy"],
  [
    "gateway.envoyproxy.io BackendTrafficPolicy ClientTrafficPolicy EnvoyExtensionPolicy EnvoyPatchPolicy SecurityPolicy",
    at({ ancestors: [accepted, old] }),
    "Healthy",
  ],
  ["gateway.envoyproxy.io SecurityPolicy", at({ ancestors: [refused] }), "Degraded"],
  [
    "gateway.solo.io Gateway MatchableHttpGateway RouteOption RouteTable VirtualHostOption VirtualService",
    at({ state: 1 }),
    "Healthy",
  ],
  ["gloo.solo.io Proxy Settings Upstream UpstreamGroup", at({ statuses: { gloo: { state: "Accepted" } } }), "Healthy"],
  ["gloo.solo.io Upstream", at({ statuses: { gloo: { state: "Pending" } } }), "Progressing"],
  ["gloo.solo.io Upstream", at({ statuses: { a: { state: "Accepted" }, b: { state: "Rejected" } } }), "Degraded"],
  ["microgateway.airlock.com DenyRules", none, "Healthy"],
  ["microgateway.airlock.com AccessControlPolicy", at({ ancestors: [accepted] }), "Healthy"],
  ["microgateway.airlock.com AccessControlPolicy", at({ ancestors: [refused] }), "Degraded"],
  [
    "projectcontour.io ExtensionService HTTPProxy",
    at({ conditions: [{ type: "Valid", status: "True", observedGeneration: 2 }] }),
    "Healthy",
  ],
  [
    "projectcontour.io HTTPProxy",
    at({ conditions: [{ type: "Valid", status: "False", observedGeneration: 2 }] }),
    "Degraded",
  ],
  [
    "projectcontour.io HTTPProxy",
    at({ conditions: [{ type: "Valid", status: "True", observedGeneration: 1 }] }),
    "Progressing",
  ],
  ["install.istio.io IstioOperator", at({ status: "HEALTHY" }), "Healthy"],
  ["install.istio.io IstioOperator", at({ status: 4 }), "Degraded"],
  ["kiali.io Kiali", is("Successful True"), "Healthy"],
  ["route.openshift.io Route", at({ ingress: [{ conditions: listed("Admitted True") }] }), "Healthy"],
  [
    "route.openshift.io Route",
    at({ ingress: [{ conditions: listed("Admitted False HostAlreadyClaimed") }] }),
    "Degraded",
  ],
  ["operator.openshift.io IngressController", is("Available True", "Progressing False"), "Healthy"],
  ["operator.openshift.io IngressController", is("Available True", "Degraded True"), "Degraded"],
  ["proclaim.dogmatiq.io DNSSDServiceInstance", is("Discoverable True"), "Healthy"],
];
