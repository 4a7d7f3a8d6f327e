export { startHttpServer } from "./http-server.ts";
