import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../redis/index.ts";

describe("startRedis()", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  /** One inline command; the first reply. */
  const command = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = createConnection({ port: Number(new URL(redis.url).port), host: "127.0.0.1" });
      socket.once("error", reject);
      socket.once("data", (reply) => {
        resolve(reply.toString().trimEnd());
        socket.destroy();
      });
      socket.write(`${line}\r\n`);
    });

  test("restart() keeps what was written, wipe() loses it", async () => {
    expect(await command("SET greeting hello")).toBe("+OK");
    await redis.restart();
    expect(await command("GET greeting")).toBe("$5\r\nhello");
    await redis.wipe();
    expect(await command("GET greeting")).toBe("$-1");
  });
});
