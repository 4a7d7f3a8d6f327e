/** What happens to our manager's fields when others write: each case was first seen on a real API server. */
import { expect, test } from "vitest";
import { type Json, type JsonObject, listAt, textAt, withAt } from "../json.ts";
import { testCluster } from "../test-cluster.ts";

const path = "/apis/apps/v1/namespaces/default/deployments/web";

const deployment: JsonObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web", team: "a" }, finalizers: ["example.com/keep"] },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [{ name: "web", image: "web:1", args: ["a", "b"], resources: { limits: { cpu: "1000m" } } }],
      },
    },
  },
};

async function applied() {
  const api = await testCluster();
  const first = await api.apply(path, deployment);
  expect(first.status).toBe(201);
  const change = async (work: Promise<{ status: number }>) => {
    expect((await work).status).toBe(200);
    const { body } = await api.send("GET", path);
    return { ours: ours(body), others: writers(body) };
  };
  return { ...api, change, before: ours(first.body) };
}

function entries(object: Json): readonly Json[] {
  return listAt(object, "metadata", "managedFields");
}

function ours(object: Json): Json {
  return (entries(object).find((entry) => textAt(entry, "manager") === "drover") as JsonObject)["fieldsV1"] ?? {};
}

function writers(object: Json) {
  return entries(object)
    .filter((entry) => textAt(entry, "manager") !== "drover")
    .map((entry) => ({
      manager: textAt(entry, "manager"),
      subresource: textAt(entry, "subresource"),
      timed: textAt(entry, "time") !== undefined,
    }));
}

const one = (manager: string) => [{ manager, subresource: undefined, timed: true }];

test("applying owns what was stated and nothing that was defaulted", async () => {
  const { before } = await applied();
  expect(before).toEqual({
    "f:metadata": {
      "f:finalizers": { 'v:"example.com/keep"': {} },
      "f:labels": { "f:app": {}, "f:team": {} },
    },
    "f:spec": {
      "f:replicas": {},
      "f:selector": {},
      "f:template": {
        "f:metadata": { "f:labels": { "f:app": {} } },
        "f:spec": {
          "f:containers": {
            'k:{"name":"web"}': {
              ".": {},
              "f:args": {},
              "f:image": {},
              "f:name": {},
              "f:resources": { "f:limits": { "f:cpu": {} } },
            },
          },
        },
      },
    },
  });
});

test("a status write leaves our fields alone", async () => {
  const { send, change, before } = await applied();
  const { body } = await send("GET", path);
  const status = { replicas: 2, observedGeneration: 1 };
  const after = await change(
    send("PUT", `${path}/status?fieldManager=controller`, { ...(body as JsonObject), status }),
  );
  expect(after).toEqual({ ours: before, others: [{ manager: "controller", subresource: "status", timed: true }] });
});

test("scaling takes replicas and names the scaler, without a time", async () => {
  const { send, change } = await applied();
  const { body } = await send("GET", `${path}/scale`);
  const scaled = withAt(body as JsonObject, ["spec", "replicas"], 5);
  const after = await change(send("PUT", `${path}/scale?fieldManager=kubectl`, scaled));
  expect(after.ours).not.toHaveProperty(["f:spec", "f:replicas"]);
  expect(after.others).toEqual([{ manager: "kubectl", subresource: "scale", timed: false }]);
});

test("setting an image takes the image", async () => {
  const { patch, change } = await applied();
  const containers = [{ name: "web", image: "web:2" }];
  const after = await change(
    patch(`${path}?fieldManager=kubectl-set`, "strategic", { spec: { template: { spec: { containers } } } }),
  );
  expect(after.ours).not.toHaveProperty([
    "f:spec",
    "f:template",
    "f:spec",
    "f:containers",
    'k:{"name":"web"}',
    "f:image",
  ]);
  expect(after.others).toEqual(one("kubectl-set"));
});

test("removing an owned label leaves it to nobody", async () => {
  const { patch, change } = await applied();
  const after = await change(patch(path, "merge", { metadata: { labels: { team: null } } }));
  expect(after.ours).toHaveProperty(["f:metadata", "f:labels"], { "f:app": {} });
  expect(after.others).toEqual([]);
});

test("replacing an owned atomic list takes it, removing a finalizer leaves it to nobody", async () => {
  const { patch, change } = await applied();
  const after = await change(
    patch(`${path}?fieldManager=kubectl-patch`, "json", [
      { op: "replace", path: "/spec/template/spec/containers/0/args", value: ["z"] },
      { op: "remove", path: "/metadata/finalizers/0" },
    ]),
  );
  expect(after.ours).not.toHaveProperty(["f:metadata", "f:finalizers"]);
  expect(after.ours).not.toHaveProperty([
    "f:spec",
    "f:template",
    "f:spec",
    "f:containers",
    'k:{"name":"web"}',
    "f:args",
  ]);
  expect(after.others).toEqual(one("kubectl-patch"));
});

test("an extra label and an extra container are somebody else's", async () => {
  const { patch, change, before } = await applied();
  const side = { spec: { template: { spec: { containers: [{ name: "side", image: "side:1" }] } } } };
  const after = await change(
    patch(`${path}?fieldManager=human`, "strategic", { metadata: { labels: { extra: "1" } }, ...side }),
  );
  expect(after).toEqual({ ours: before, others: one("human") });
});

test("the same quantity in other words is no change", async () => {
  const { patch, change, before, send } = await applied();
  const containers = [{ name: "web", resources: { limits: { cpu: "1" } } }];
  const { body } = await send("GET", path);
  const after = await change(
    patch(`${path}?fieldManager=human`, "strategic", { spec: { template: { spec: { containers } } } }),
  );
  expect(after).toEqual({ ours: before, others: [] });
  expect((await send("GET", path)).body).toEqual(body);
});

test("applying again with force brings back the recorded fields and values", async () => {
  const { apply, patch, change, before, send } = await applied();
  const containers = [{ name: "web", image: "web:2" }];
  await change(
    patch(`${path}?fieldManager=human`, "strategic", { spec: { replicas: 9, template: { spec: { containers } } } }),
  );
  const conflict = await apply(path, deployment);
  expect({ status: conflict.status, message: textAt(conflict.body, "message") }).toEqual({
    status: 409,
    message:
      'Apply failed with 2 conflicts: conflicts with "human" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="web"].image',
  });
  const after = await change(apply(path, deployment, "fieldManager=drover&force=true"));
  expect(after).toEqual({ ours: before, others: [] });
  const { body } = await send("GET", path);
  expect(body).toMatchObject({ spec: { replicas: 2, template: { spec: { containers: [{ image: "web:1" }] } } } });
});

test("what is no longer applied goes, unless somebody else applies it too", async () => {
  const { apply, send } = await applied();
  const other = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", labels: { team: "a" } } };
  await apply(path, other, "fieldManager=other");
  await apply(path, withAt(withAt(deployment, ["metadata", "labels"], undefined), ["spec", "replicas"], undefined));
  const { body } = await send("GET", path);
  expect(body).toMatchObject({ metadata: { labels: { team: "a" } }, spec: { replicas: 1 } });
});

test("applying the same again writes nothing", async () => {
  const { apply, send } = await applied();
  const { body } = await send("GET", path);
  const again = await apply(path, deployment);
  expect({ status: again.status, body: again.body }).toEqual({ status: 200, body });
});
