import { expect, test } from "vitest";
import { parseApiPath } from "./api-path.ts";

test("parseApiPath() tells collections, objects and subresources apart", () => {
  const resource = { type: "resource", namespace: "", name: undefined, subresource: undefined };
  expect({
    collection: parseApiPath("/api/v1/namespaces/shop/configmaps"),
    scale: parseApiPath("/apis/apps/v1/namespaces/shop/deployments/web/scale"),
    namespace: parseApiPath("/api/v1/namespaces/shop"),
    finalize: parseApiPath("/api/v1/namespaces/shop/finalize"),
    role: parseApiPath("/apis/rbac.authorization.k8s.io/v1/clusterroles/My%2FRole:Admin"),
    discovery: parseApiPath("/apis/apps/v1"),
  }).toEqual({
    collection: { ...resource, apiVersion: "v1", plural: "configmaps", namespace: "shop" },
    scale: {
      ...resource,
      apiVersion: "apps/v1",
      plural: "deployments",
      namespace: "shop",
      name: "web",
      subresource: "scale",
    },
    namespace: { ...resource, apiVersion: "v1", plural: "namespaces", name: "shop" },
    finalize: { ...resource, apiVersion: "v1", plural: "namespaces", name: "shop", subresource: "finalize" },
    role: { ...resource, apiVersion: "rbac.authorization.k8s.io/v1", plural: "clusterroles", name: "My/Role:Admin" },
    discovery: { type: "plain", path: "/apis/apps/v1" },
  });
});
