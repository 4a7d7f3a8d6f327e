import { describe, expect, test } from "vitest";
import { containerStates, isPodOver } from "./container-runs.ts";

const pod = (status: object, spec: object = { containers: [{ name: "web" }] }) => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "web-1" } },
  spec,
  status,
});
const ended = (containerID: string, exitCode = 1) => ({ terminated: { containerID, exitCode, reason: "Error" } });
const statesOf = (status: object) =>
  containerStates(pod({ containerStatuses: [{ name: "web", ...status }] })).map(({ runs, waiting }) => ({
    runs,
    waiting,
  }));

describe("containerStates()", () => {
  test("knows nothing to read of a pod that has not started, nor why while that is ordinary", () => {
    expect(containerStates(pod({}))).toEqual([{ name: "web", runs: [], waiting: "", isOver: false }]);
    expect(statesOf({ state: { waiting: { reason: "ContainerCreating" } } })).toEqual([{ runs: [], waiting: "" }]);
    expect(statesOf({ state: { waiting: { reason: "ErrImagePull", message: "not found" } } })).toEqual([
      { runs: [], waiting: "ErrImagePull: not found" },
    ]);
  });

  test("has the present run and the one before", () => {
    expect(
      statesOf({ containerID: "c2", restartCount: 2, state: { running: {} }, lastState: ended("c1", 137) }),
    ).toEqual([
      {
        runs: [
          { id: "c1", restarts: 1, isPrevious: true, end: "exit code 137: Error" },
          { id: "c2", restarts: 2, isPrevious: false, end: undefined },
        ],
        waiting: "",
      },
    ]);
  });

  test("takes the last run for the present one while the next waits", () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
    expect(statesOf({ containerID: "c1", restartCount: 1, state: { waiting }, lastState: ended("c1") })).toEqual([
      {
        runs: [{ id: "c1", restarts: 1, isPrevious: false, end: "exit code 1: Error" }],
        waiting: "CrashLoopBackOff: back-off 10s",
      },
    ]);
  });

  test("has one run of a container that ended for good", () => {
    expect(statesOf({ containerID: "c1", state: ended("c1", 0), lastState: {} })).toEqual([
      { runs: [{ id: "c1", restarts: 0, isPrevious: false, end: "exit code 0: Error" }], waiting: "" },
    ]);
  });

  test("lists init, usual and ephemeral containers in this order", () => {
    const spec = {
      ...{ containers: [{ name: "b" }], initContainers: [{ name: "a" }], ephemeralContainers: [{ name: "c" }] },
    };
    expect(containerStates(pod({ phase: "Failed" }, spec)).map(({ name, isOver }) => [name, isOver])).toEqual([
      ["a", true],
      ["b", true],
      ["c", true],
    ]);
  });
});

test("isPodOver() is for pods that start no container any more", () => {
  expect(["Pending", "Running", "Succeeded", "Failed", undefined].map((phase) => isPodOver(pod({ phase })))).toEqual([
    ...[false, false, true, true, false],
  ]);
});
