import type { Command } from "commander";
import type { HubClient } from "./client.ts";
import type { Terminal } from "./terminal.ts";

/** What every command gets. */
export interface Session {
  readonly terminal: Terminal;
  /** Talks to the hub of the context, and hangs up at the end. */
  withHub(work: (client: HubClient) => Promise<void>): Promise<void>;
}

/** Adds its commands to the program. */
export type Commands = (program: Command, session: Session) => void;
