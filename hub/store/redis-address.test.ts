import { expect, test } from "vitest";
import { parseRedisUrl, type RedisAddress } from "./redis-address.ts";

test.each<readonly [url: string, address: RedisAddress]>([
  ["redis://cache", { options: { db: 0, host: "cache", port: 6379 }, text: "redis://cache:6379" }],
  [
    "redis://drover:p%40ss@10.0.0.1:6380/2",
    {
      options: { db: 2, host: "10.0.0.1", port: 6380, username: "drover", password: "p@ss" },
      text: "redis://10.0.0.1:6380/2",
    },
  ],
  [
    "rediss://:secret@cache.example.com",
    {
      options: {
        db: 0,
        host: "cache.example.com",
        port: 6379,
        password: "secret",
        tls: { servername: "cache.example.com" },
      },
      text: "rediss://cache.example.com:6379",
    },
  ],
  ["redis://[::1]:7000", { options: { db: 0, host: "::1", port: 7000 }, text: "redis://[::1]:7000" }],
  ["unix:///run/redis.sock?db=3", { options: { db: 3, path: "/run/redis.sock" }, text: "unix:///run/redis.sock/3" }],
])("parseRedisUrl() takes %s", (url, address) => {
  expect(parseRedisUrl(url)).toEqual(address);
});

test.each(["cache:6379", "http://:secret@cache", "redis://:secret@cache/db", "redis:", "unix:"])(
  "parseRedisUrl() refuses %s without repeating a password",
  (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/^Cannot use the Redis URL: (?!.*secret)/);
  },
);
