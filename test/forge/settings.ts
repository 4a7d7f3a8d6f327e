/** Gitea's app.ini: everything below one folder, on one port of this machine, nobody else to talk to. */
export function renderSettings(options: {
  readonly folder: string;
  readonly assets: string;
  readonly port: number;
}): string {
  const { folder, assets, port } = options;
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    "": {
      APP_NAME: "Forge of the tests",
      RUN_MODE: "prod",
      WORK_PATH: folder,
      // It looks whether it is root, and refuses then.
      ...(process.getuid?.() === 0 ? { I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: true } : {}),
    },
    server: {
      PROTOCOL: "http",
      HTTP_ADDR: "127.0.0.1",
      HTTP_PORT: port,
      ROOT_URL: `http://127.0.0.1:${port}/`,
      STATIC_ROOT_PATH: assets,
      APP_DATA_PATH: `${folder}/data`,
      DISABLE_SSH: true,
      OFFLINE_MODE: true,
      LFS_START_SERVER: false,
    },
    database: { DB_TYPE: "sqlite3", PATH: `${folder}/gitea.db` },
    repository: { ROOT: `${folder}/repositories`, DEFAULT_BRANCH: "main" },
    // The same for each forge: nothing of it outlives its folder.
    security: { INSTALL_LOCK: true, SECRET_KEY: "forge", PASSWORD_HASH_ALGO: "pbkdf2_v2" },
    webhook: { ALLOWED_HOST_LIST: "loopback", DELIVER_TIMEOUT: 5 },
    indexer: { ISSUE_INDEXER_TYPE: "db" },
    queue: { TYPE: "channel" },
    cron: { ENABLED: false },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    service: { DISABLE_REGISTRATION: true, ENABLE_NOTIFY_MAIL: false },
    session: { PROVIDER: "memory" },
    log: { MODE: "console", LEVEL: "warn", ROOT_PATH: `${folder}/log` },
  };
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}`);
      return [...(name === "" ? [] : [`[${name}]`]), ...lines, ""].join("\n");
    })
    .join("\n");
}
