export { createKubeClient } from "./kube-client.ts";
