import { expect, test } from "vitest";
import { collectionPath, objectPath, withQuery } from "./paths.ts";

const deployments = { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true };
const clusterRoles = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};

test("objectPath() keeps the case of names, encodes them, and knows scopes", () => {
  expect([
    objectPath({ ...deployments, apiVersion: "v1", plural: "pods" }, "shop", "web-1"),
    objectPath(deployments, "shop", "web"),
    objectPath(clusterRoles, "", "MyRole:Admin"),
    objectPath(clusterRoles, "ignored", "a/b"),
  ]).toEqual([
    "/api/v1/namespaces/shop/pods/web-1",
    "/apis/apps/v1/namespaces/shop/deployments/web",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/MyRole%3AAdmin",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%2Fb",
  ]);
});

test("collectionPath() without a namespace means all of them", () => {
  expect(collectionPath(deployments, "")).toBe("/apis/apps/v1/deployments");
});

test("withQuery() leaves out what is undefined and encodes the rest", () => {
  expect(withQuery("/x", { a: undefined })).toBe("/x");
  expect(withQuery("/x", { labelSelector: "a=b,c in (d)", limit: 500, watch: true })).toBe(
    "/x?labelSelector=a%3Db%2Cc+in+%28d%29&limit=500&watch=true",
  );
});
