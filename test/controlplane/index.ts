export { requestApi } from "./api-request.ts";
export { type ControlPlanePrograms, ensureControlPlanePrograms, ensureReleasePrograms } from "./build.ts";
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
export { administrator } from "./credentials.ts";
