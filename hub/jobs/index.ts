export { createMemoryJobQueue } from "./memory-job-queue.ts";
export { createRedisJobQueue, type RedisTarget } from "./redis-job-queue.ts";
