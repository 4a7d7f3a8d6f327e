import { expect, test } from "vitest";
import { defaultPolicy, type HealthState, type SyncState } from "../../common/domain/index.ts";
import { type ApplicationState, createApplicationState, createObjectState } from "./state.ts";
import { applicationStatus, objectStatus, waitingStatus } from "./statuses.ts";

const header = { environment: "dev", generation: 7 };

function objectOf(name: string) {
  const ref = { group: "apps", kind: "Deployment", namespace: "shop", name };
  return createObjectState("shop", `apps/Deployment/shop/${name}`, {
    apiVersion: "apps/v1",
    ref,
    digest: "d",
    source: "",
  });
}

function applicationOf(objects: readonly [string, SyncState, HealthState, string][]): ApplicationState {
  const state = createApplicationState("shop");
  state.body = {
    name: "shop",
    revision: "r",
    objects: [],
    policy: { ...defaultPolicy, timeoutSeconds: 60 },
    dependsOn: [],
  };
  for (const [name, sync, health, message] of objects) {
    const object = objectOf(name);
    state.objects.set(object.key, object);
    state.sync.move(undefined, sync);
    state.health.move(undefined, health);
    if (message !== "") state.problems.set(object.key, message);
  }
  return state;
}

test("objectStatus() of an object that was not written is Missing and OutOfSync", () => {
  const object = objectOf("web");
  expect(objectStatus(object, undefined)).toEqual({
    ref: object.ref,
    sync: "OutOfSync",
    health: "Missing",
    message: "",
  });
});

test("objectStatus() says the error before the drift", () => {
  const object = { ...objectOf("web"), isApplied: true };
  expect(objectStatus({ ...object, drift: "drift" }, undefined)).toMatchObject({ sync: "OutOfSync", message: "drift" });
  expect(objectStatus({ ...object, drift: "drift", error: "error" }, undefined).message).toBe("error");
});

test("objectStatus() of a finished Job that its time to live removed is Healthy", () => {
  const object = { ...objectOf("job"), isApplied: true, isDoneAndGone: true };
  expect(objectStatus(object, undefined)).toMatchObject({ sync: "Synced", health: "Healthy" });
});

test("applicationStatus() is as bad as the worst object and names the first problems", () => {
  const state = applicationOf([
    ["a", "Synced", "Healthy", ""],
    ["b", "Synced", "Progressing", "1 of 2 replicas available"],
    ["c", "OutOfSync", "Missing", "Applying Deployment shop/c: refused"],
    ["d", "Synced", "Degraded", "crashes"],
    ["e", "Synced", "Degraded", "crashes"],
  ]);
  expect(applicationStatus(state, header, [])).toEqual({
    revision: "r",
    generation: 7,
    sync: "OutOfSync",
    health: "Degraded",
    message: [
      "Deployment shop/b: 1 of 2 replicas available",
      "Applying Deployment shop/c: refused",
      "Deployment shop/d: crashes",
      "and 1 more",
    ].join("\n"),
    objects: 5,
    drifted: 0,
  });
});

test("applicationStatus() turns Progressing into Degraded when patience is over", () => {
  const state = applicationOf([["b", "Synced", "Progressing", "1 of 2 replicas available"]]);
  state.patience = "over";
  expect(applicationStatus(state, header, [])).toMatchObject({
    health: "Degraded",
    message: "Not healthy after 60 s\nDeployment shop/b: 1 of 2 replicas available",
  });
});

test("applicationStatus() turns Unknown into Degraded when patience is over", () => {
  const state = applicationOf([["b", "Synced", "Unknown", "Cannot evaluate health check"]]);
  state.patience = "over";
  expect(applicationStatus(state, header, [])).toMatchObject({
    health: "Degraded",
    message: "Not healthy after 60 s\nDeployment shop/b: Cannot evaluate health check",
  });
});

test("applicationStatus() of a held application that was never seen is Unknown", () => {
  const state = createApplicationState("shop");
  state.heldReason = "cannot be rendered";
  expect(applicationStatus(state, header, [])).toMatchObject({
    sync: "Unknown",
    health: "Unknown",
    message: "Held: cannot be rendered",
  });
});

test("applicationStatus() is out of sync while deletes wait, and says what to do about it", () => {
  const state = applicationOf([["a", "Synced", "Healthy", ""]]);
  const ref = { group: "", kind: "Namespace", namespace: "", name: "old" };
  const blocked = { digest: "d", count: 4, reason: "4 of its 5 objects would go, 3 may", objects: [ref] };
  state.blocked = blocked;
  expect(applicationStatus(state, header, [])).toMatchObject({
    sync: "OutOfSync",
    health: "Healthy",
    message:
      "Waits for confirmation to delete Namespace old and 3 more: 4 of its 5 objects would go, 3 may; 'drover prune confirm dev -a shop' confirms it",
    blockedPrune: blocked,
  });
  state.blocked = null;
  expect(applicationStatus(state, header, [])).toMatchObject({ sync: "Synced", message: "", blockedPrune: null });
});

test("waitingStatus() says which finalizer an object waits for, and since when", () => {
  const ref = { group: "", kind: "ConfigMap", namespace: "shop", name: "old" };
  const deletion = { since: "2026-01-01T00:00:00Z", finalizers: ["example.com/hold"] };
  expect(waitingStatus({ application: "shop", ref, reason: "being deleted", deletion }, undefined)).toEqual({
    ref,
    sync: "OutOfSync",
    health: "Unknown",
    message: 'Being deleted since 2026-01-01T00:00:00Z: waits for finalizer "example.com/hold"',
  });
});
