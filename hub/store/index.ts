export { type HubState, openHubState } from "./open-hub-state.ts";
