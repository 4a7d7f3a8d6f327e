export { createKubeClient, type KubeClientOptions } from "./kube-client.ts";
