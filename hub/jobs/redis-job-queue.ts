import { type Job, Queue, UnrecoverableError, Worker } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { JobQueue } from "../ports.ts";
import { defaultConcurrency, type Handler, retryDelayMs, runHandler } from "./handling.ts";

/** Where a Redis is. */
export type RedisTarget = Pick<RedisOptions, "host" | "port" | "path" | "db" | "username" | "password" | "tls">;

export interface RedisJobQueueDependencies {
  readonly redis: RedisTarget;
  /** No other hub uses this Redis: what is running there when we start ran in a process that is gone. */
  readonly alone: boolean;
  readonly log: Logger;
  readonly concurrency?: number;
}

/** Everything of BullMQ is below this in Redis. */
const prefix = "drover-jobs";
/** A job whose hub died is taken over after at most this and `stalledIntervalMs`. */
const lockMs = 10_000;
const stalledIntervalMs = 5_000;
const forEver = 1_000_000_000;

interface Data {
  readonly key: string;
}

/** One BullMQ queue per job name; a request is a job with the key as its deduplication id. */
export function createRedisJobQueue(dependencies: RedisJobQueueDependencies): JobQueue {
  const { alone, log, concurrency = defaultConcurrency } = dependencies;
  const closing = new AbortController();
  const handlers = new Map<string, Handler>();
  const queues = new Map<string, Queue<Data>>();
  const workers: Worker<Data>[] = [];
  // A request is to fail soon when Redis is away; a worker is to wait for it as long as it takes.
  const requesting = connect({ maxRetriesPerRequest: 6 });
  const working = connect({ maxRetriesPerRequest: null });

  function connect(options: { readonly maxRetriesPerRequest: number | null }): Redis {
    const retryStrategy = (times: number) => Math.min(1_000, 50 * 2 ** (times - 1));
    const client = new Redis({ ...dependencies.redis, ...options, lazyConnect: true, retryStrategy });
    client.on("error", (error: Error) => log.debug({ err: error }, "job queue has no connection to Redis"));
    return client;
  }

  function queueOf(name: string): Queue<Data> {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue<Data>(name, { connection: requesting, prefix });
    queue.on("error", (error) => log.debug({ err: error, job: name }, "job queue failed"));
    queues.set(name, queue);
    return queue;
  }

  async function add(name: string, key: string): Promise<void> {
    const job = await queueOf(name).add(
      name,
      { key },
      {
        deduplication: { id: key, keepLastIfActive: true },
        attempts: forEver,
        backoff: { type: "custom" },
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
    // The answer is the job that stands for the key. If that waits for its retry, there is news now: run it.
    if (job.id !== undefined && (await job.isDelayed())) await promote(job);
  }

  async function process(name: string, handler: Handler, job: Job<Data>): Promise<void> {
    const outcome = await runHandler(handler, { name, key: job.data.key, signal: closing.signal, log });
    if (outcome.kind === "done") return;
    if (outcome.kind === "cut off") throw new AppError("UNAVAILABLE", "The hub is stopping");
    if (!outcome.error.retryable) throw new UnrecoverableError(outcome.error.message);
    throw outcome.error;
  }

  /** Jobs that ran when the hub died would only run again once their locks have expired: put them in line anew. */
  async function adopt(name: string): Promise<void> {
    const queue = queueOf(name);
    const jobs = await queue.getJobs(["active", "waiting", "delayed", "prioritized"]);
    const keys = new Set(jobs.map((job) => job.data.key));
    await queue.obliterate({ force: true });
    for (const key of keys) await add(name, key);
  }

  return {
    handle(name, handler) {
      handlers.set(name, handler);
    },
    async start() {
      for (const [name, handler] of handlers) {
        if (alone) await adopt(name);
        const worker = new Worker<Data>(name, (job) => process(name, handler, job), {
          connection: working,
          prefix,
          concurrency,
          lockDuration: lockMs,
          stalledInterval: stalledIntervalMs,
          maxStalledCount: forEver,
          settings: {
            backoffStrategy: (attempt, _type, error) =>
              closing.signal.aborted ? 0 : retryDelayMs(attempt, toAppError(error), Math.random()),
          },
        });
        worker.on("error", (error) => log.debug({ err: error, job: name }, "job worker failed"));
        workers.push(worker);
        await worker.waitUntilReady();
      }
    },
    async request(name, key) {
      if (closing.signal.aborted)
        throw new AppError("UNAVAILABLE", `Cannot request job "${name}": the hub is stopping`);
      if (!handlers.has(name)) throw new AppError("INTERNAL", `Cannot request job "${name}": nobody handles it`);
      try {
        await add(name, key);
      } catch (thrown) {
        throw new AppError("UNAVAILABLE", `Cannot request job "${name}" for "${key}": ${toAppError(thrown).message}`, {
          cause: thrown,
        });
      }
    },
    async close() {
      closing.abort();
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      requesting.disconnect();
      working.disconnect();
    },
  };
}

async function promote(job: Job<Data>): Promise<void> {
  try {
    await job.promote();
  } catch {
    // It became due in between.
  }
}
