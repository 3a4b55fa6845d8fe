import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { DeploySettings } from "../../config/project";
import { defaults } from "../../config/project.fixture";
import { writeAtomic } from "../../host/atomic-file";
import { ensureDatabase } from "../../host/database";
import { describeProject } from "../../host/description";
import { exec } from "../../host/docker";
import { type Layout, layout } from "../../host/layout";
import { psql } from "../../host/postgres";
import type { PlatformDescription, ProjectDescription } from "../../host/requests";
import { installHostProgram } from "./host-program";
import { KeptLog } from "./kept-log";
import { stackFolder } from "./leftovers";
import { machineImages } from "./machine-images";
import { Sandbox } from "./sandbox";
import { until } from "./until";

const DEPLOY: DeploySettings = { ...defaults.deploy, watchSeconds: 0, intervalSeconds: 1, drainSeconds: 1, freeGB: 0 };

/** A host's folder and a Postgres of its own, as a deploy leaves them, with project `shop` and nothing that serves. */
export class DataHost implements AsyncDisposable {
  readonly kept = new KeptLog();
  readonly log = this.kept.log;
  readonly layout: Layout;
  readonly folder: string;

  private constructor(
    readonly sandbox: Sandbox,
    readonly postgres: string,
    /** Docker's name of the project's volume `files`. */
    readonly volume: string,
  ) {
    this.folder = stackFolder(sandbox.name);
    this.layout = layout(this.folder);
  }

  /** `databaseDiskMiB`: size of a disk in memory that Postgres writes to; default: a volume as large as this machine's disk. */
  static async create(databaseDiskMiB?: number): Promise<DataHost> {
    const sandbox = await Sandbox.create();
    try {
      const { images } = await machineImages();
      const { id } = await sandbox.run(images.postgres, {
        hardened: false,
        binds: [`${await sandbox.volume(databaseDiskMiB)}:/var/lib/postgresql/data`],
      });
      await until("Postgres", async () => (await exec(id, ["/healthcheck"])).exitCode === 0);
      const host = new DataHost(sandbox, id, await sandbox.volume());
      await host.describe();
      await host.describeProject();
      const wanted = {
        project: "shop",
        postgres: id,
        database: "shop",
        role: "shop",
        password: "p",
        deleteData: false,
      };
      await ensureDatabase(host.log, wanted);
      await installHostProgram(join(host.folder, "opt/slipway"));
      return host;
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Also as another stack's: not through the host program, which refuses that while this one's containers are there. */
  async describe(changes: Partial<PlatformDescription> = {}): Promise<void> {
    const description: PlatformDescription = {
      stack: this.sandbox.name,
      environment: "local",
      gateway: { container: "", address: "", port: 0 },
      postgres: this.postgres,
      registry: "",
      registryPort: 0,
      ...changes,
    };
    await writeAtomic(this.layout.platform, JSON.stringify(description), { mode: 0o600 });
  }

  async describeProject(changes: Partial<ProjectDescription> = {}): Promise<void> {
    await describeProject(this.layout, {
      project: "shop",
      network: this.sandbox.name,
      domains: [],
      database: "shop",
      volumes: { files: this.volume },
      accessories: [],
      keyTables: [],
      backup: { format: "zstd", volumes: [], keep: 7, retentionDays: 7 },
      deploy: DEPLOY,
      checksPublicAddress: false,
      ...changes,
    });
  }

  /** As the project's own role; what it prints, trimmed. */
  async sql(...lines: string[]): Promise<string> {
    return (await psql({ postgres: this.postgres, role: "shop", database: "shop" }, lines)).trim();
  }

  /** As the superuser. */
  async admin(...lines: string[]): Promise<string> {
    return (await psql({ postgres: this.postgres }, lines)).trim();
  }

  /** A session of the project that stays until its input is closed. */
  session(...lines: string[]): ChildProcess {
    const psql = ["psql", "-X", "-q", "-U", "shop", "-d", "shop"];
    const child = spawn("docker", ["exec", "-i", "-u", "postgres", this.postgres, ...psql], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin?.write(`${lines.join("\n")}\n`);
    return child;
  }

  /** Holds a lock on a table that every dump and count waits for; resolves to what does `more` and lets it go. */
  async lockTable(table: string): Promise<(more?: string) => Promise<void>> {
    const holder = this.session(`BEGIN; LOCK TABLE ${table};`);
    const isHeld = `SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = '${table}'::regclass;`;
    await until("the lock", async () => (await this.sql(isHeld)) !== "0");
    return async (more = "") => {
      holder.stdin?.end(more);
      await until("the lock to go", async () => (await this.sql(isHeld)) === "0");
    };
  }

  /** How many sessions wait for a lock on a table. */
  async waiting(table: string): Promise<number> {
    const sql = `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '${table}'::regclass;`;
    return Number(await this.sql(sql));
  }

  /** A verb of the host program in a process of its own. */
  start(
    verb: string,
    request: object,
  ): { child: ChildProcess; done: Promise<{ code: number | null; output: string }> } {
    const child = spawn(process.execPath, [join(this.folder, "opt/slipway/host.js"), verb], { stdio: "pipe" });
    child.stdin?.end(JSON.stringify(request));
    let output = "";
    for (const channel of [child.stdout, child.stderr]) {
      channel?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const done = new Promise<{ code: number | null; output: string }>((settle) => {
      child.on("close", (code) => settle({ code, output }));
    });
    return { child, done };
  }

  /** Programs that run in the Postgres container beside the server and its sessions. */
  async programs(): Promise<string[]> {
    const { stdout } = await exec(this.postgres, ["ps", "-eo", "comm="]);
    return stdout.split("\n").filter((name) => /^(pg_dump|pg_restore|zstd|psql|bash|gzip)$/.test(name));
  }

  /** Runs a command in the project's volume, mounted at `/volume`; what it printed. */
  async inVolume(script: string): Promise<string> {
    const { images } = await machineImages();
    const { output } = await this.sandbox.finish(images.postgres, ["-c", `cd /volume\n${script}`], {
      hardened: false,
      entrypoint: ["bash"],
      user: "root",
      binds: [`${this.volume}:/volume`],
    });
    return output.trim();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sandbox[Symbol.asyncDispose]();
  }
}
