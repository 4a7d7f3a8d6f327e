export { type HubState, type HubStateOptions, openHubState } from "./open-hub-state.ts";
