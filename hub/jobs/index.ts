export { createMemoryJobQueue, type MemoryJobQueueDependencies } from "./memory-job-queue.ts";
export { createRedisJobQueue, type RedisJobQueueDependencies, type RedisTarget } from "./redis-job-queue.ts";
