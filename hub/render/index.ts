export { createRenderer, type RendererOptions } from "./renderer.ts";
