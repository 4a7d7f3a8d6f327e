import { describeForge } from "./forge.ts";
import { startGiteaStage } from "./gitea-stage.ts";

describeForge("Gitea", startGiteaStage);
