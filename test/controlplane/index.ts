export type { ApiRequest, ApiResponse } from "./api-request.ts";
export { type ControlPlanePrograms, ensureControlPlanePrograms } from "./build.ts";
export {
  type ControlPlane,
  type ControlPlaneOptions,
  type ControlPlanePids,
  startControlPlane,
} from "./control-plane.ts";
