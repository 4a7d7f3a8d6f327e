export { ensureRedisServer } from "./ensure-redis.ts";
export { type RedisServer, startRedis } from "./start-redis.ts";
