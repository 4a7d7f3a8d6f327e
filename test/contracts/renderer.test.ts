import { ensureControlPlanePrograms } from "../controlplane/index.ts";
import { ensureRendererPrograms } from "../renderers/index.ts";
import { describeRenderer } from "./renderer.ts";

describeRenderer("Renderer with kustomize", async () => (await ensureRendererPrograms()).kustomize);
describeRenderer("Renderer with kubectl", async () => (await ensureControlPlanePrograms()).kubectl);
