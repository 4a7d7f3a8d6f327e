export { createRenderer } from "./renderer.ts";
