import { AppError } from "../../common/errors.ts";
import type { RedisTarget } from "../jobs/index.ts";

/** Where a Redis is. */
export interface RedisAddress {
  readonly options: RedisTarget;
  /** For people: without password. */
  readonly text: string;
}

const expected = 'expected "redis://host:port", "rediss://host:port" or "unix:///path/to/socket"';

/** @throws INVALID_ARGUMENT that never repeats a password */
export function parseRedisUrl(text: string): RedisAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new AppError("INVALID_ARGUMENT", `Cannot use the Redis URL: not a URL, ${expected}`);
  }
  const database = url.protocol === "unix:" ? (url.searchParams.get("db") ?? "") : url.pathname.slice(1);
  if (!/^\d*$/.test(database)) {
    throw new AppError("INVALID_ARGUMENT", `Cannot use the Redis URL: "${database}" is no database number`);
  }
  const common: RedisTarget = {
    db: Number(database),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
  };
  const suffix = database === "" || database === "0" ? "" : `/${database}`;
  if (url.protocol === "unix:" && url.pathname !== "") {
    return { options: { ...common, path: decodeURIComponent(url.pathname) }, text: `unix://${url.pathname}${suffix}` };
  }
  if ((url.protocol === "redis:" || url.protocol === "rediss:") && url.hostname !== "") {
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = url.port === "" ? 6379 : Number(url.port);
    const tls = url.protocol === "rediss:" ? { tls: { servername: host } } : {};
    return { options: { ...common, ...tls, host, port }, text: `${url.protocol}//${url.hostname}:${port}${suffix}` };
  }
  throw new AppError("INVALID_ARGUMENT", `Cannot use the Redis URL: ${expected}`);
}
