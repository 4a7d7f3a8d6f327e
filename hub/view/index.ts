export { type HttpServer, type HttpServerOptions, startHttpServer } from "./http-server.ts";
