import type { Client } from "ssh2";
import type { CreateRequest } from "../../provider";
import { ConnectionFullError } from "./remote-process";
import { type Connection, connectSsh } from "./ssh-connection";

type Watcher = Pick<CreateRequest, "signal" | "log">;

/** Commands at a time over one connection: a stock sshd takes ten (MaxSessions). */
const SESSIONS = 8;

interface Shared {
  client: Promise<Client>;
  sessions: number;
  /** Lowered where the host refuses so many. */
  limit: number;
}

/**
 * Connections to hosts, each used for many commands: to log in costs several round trips and more time than most
 * commands take.
 */
export class SshConnections {
  private readonly open = new Map<string, Shared[]>();

  /** Runs `action` over a connection that is there and not full, else over a new one. */
  async use<T>(connection: Connection, watcher: Watcher, action: (client: Client) => Promise<T>): Promise<T> {
    const key = JSON.stringify(connection);
    const shared = this.free(key) ?? this.connect(key, connection, watcher);
    const others = shared.sessions++;
    try {
      return await action(await shared.client);
    } catch (error) {
      if (!(error instanceof ConnectionFullError) || others === 0) throw error;
      shared.limit = others;
    } finally {
      shared.sessions--;
    }
    return this.use(connection, watcher, action);
  }

  close(): void {
    for (const { client } of [...this.open.values()].flat()) {
      client.then(
        (one) => one.end(),
        () => undefined,
      );
    }
    this.open.clear();
  }

  private free(key: string): Shared | undefined {
    return this.open.get(key)?.find(({ sessions, limit }) => sessions < limit);
  }

  private connect(key: string, connection: Connection, watcher: Watcher): Shared {
    const shared: Shared = { client: connectSsh(connection, watcher), sessions: 0, limit: SESSIONS };
    const forget = () => {
      const others = (this.open.get(key) ?? []).filter((one) => one !== shared);
      this.open.set(key, others);
    };
    this.open.set(key, [...(this.open.get(key) ?? []), shared]);
    shared.client.then((client) => client.on("close", forget).on("error", forget), forget);
    return shared;
  }
}
