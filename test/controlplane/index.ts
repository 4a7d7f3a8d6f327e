export { type ControlPlanePrograms, ensureControlPlanePrograms } from "./build.ts";
export { type ControlPlane, startControlPlane } from "./control-plane.ts";
