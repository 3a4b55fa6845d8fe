import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackupEntry, BackupIndex } from "../../../host/backup/backup-index";
import { derivedImage } from "../derived-image";
import type { Droplet } from "../droplet";
import type { ProjectEntry } from "../sample-projects";
import { TestStack, type TestStackOptions } from "../test-stack";

/** Variables of `server.py`, fixed in an image: how a build of the ledger differs from a good one. */
export interface LedgerBuild {
  revision?: "r1" | "r2";
  fault?:
    | ("exits" | "unhealthy" | "unconfirmed" | "hangs" | "redirects" | "error-page")
    | ("flaps" | "dies" | "loops" | "errors" | "slow");
  migration?: "half" | "commits" | "statement" | "endless";
  /** After how long it dies. */
  seconds?: number;
  /** It starts only when there is a file `/tmp/go` in its container. */
  waits?: boolean;
}

export interface LedgerOptions {
  /** Keys of the project's health check, of its migrations, and of the project itself. */
  health?: Record<string, unknown>;
  migrations?: Record<string, unknown>;
  project?: Record<string, unknown>;
  /** Keys of the stack's file. */
  config?: Record<string, unknown>;
  /** Further projects and their releases. */
  others?: Record<string, ProjectEntry>;
  /** As of its stack. */
  prepare?: TestStackOptions["prepare"];
  droplet?: Droplet;
}

/**
 * A stack whose project `ledger` keeps rows that a test can count: version 1.0.0, at revision r1, is live. Its image
 * can be built with every fault that a test needs.
 */
export class Ledger implements AsyncDisposable {
  readonly host = "ledger.localhost";
  /** The release that is live when the ledger is there. */
  first = "";

  private constructor(readonly stack: TestStack) {}

  static async create(options: LedgerOptions = {}): Promise<Ledger> {
    const projects = { ...options.others, ledger: ledgerProject(options) };
    const { config = {}, prepare, droplet } = options;
    const place = { ...(prepare && { prepare }), ...(droplet && { droplet }) };
    const ledger = new Ledger(await TestStack.create({ projects: { projects }, config, ...place }));
    try {
      await ledger.launch();
    } catch (error) {
      await ledger.stack[Symbol.asyncDispose]();
      throw error;
    }
    return ledger;
  }

  /** Changes what `projects.yml` says of it. */
  async declare(options: LedgerOptions): Promise<void> {
    await this.stack.declare({ projects: { ...options.others, ledger: ledgerProject(options) } });
  }

  /** The same and an `up`, without a new release. */
  async redeclare(options: LedgerOptions): Promise<void> {
    await this.declare(options);
    await this.stack.deployed();
  }

  /** The registry is there only after a first `up`. */
  private async launch(): Promise<void> {
    await this.stack.deployed();
    await this.deployFirst(await this.build("1.0.0"));
  }

  private async deployFirst(image: string): Promise<void> {
    await this.stack.configure({ releases: { ledger: { live: { version: "1.0.0", images: { web: image } } } } });
    await this.stack.deployed();
    this.first = await this.served();
    if (this.first === "") throw new Error("the ledger does not answer");
  }

  /** An image of this version in the registry; its reference by digest. */
  async build(version: string, { revision = "r1", fault, migration, seconds = 5, waits }: LedgerBuild = {}) {
    const program = "exec python3 /srv/ledger.py";
    const script = await readFile(join(__dirname, "server.py"));
    const run = `echo ${script.toString("base64")} | base64 -d > /srv/ledger.py`;
    const instructions = [
      `LABEL org.opencontainers.image.version=${version}`,
      `ENV LEDGER_REVISION=${revision} LEDGER_FAULT=${fault ?? ""} LEDGER_MIGRATION=${migration ?? ""} LEDGER_SECONDS=${seconds}`,
      `CMD ["bash", "-c", "${waits ? `until [ -e /tmp/go ]; do sleep 0.1; done; ${program}` : program}"]`,
    ];
    const from = { project: "calendar", container: "backend" };
    return derivedImage(this.stack, version, { run, instructions }, { from, repository: "ledger" });
  }

  served(): Promise<string> {
    return this.stack.servedRelease(this.host);
  }

  /** A file that the host keeps of the project. */
  stateFile(name: string): string {
    return join(this.stack.folder, ".slipway/var/lib/slipway/projects/ledger", name);
  }

  async state<T = Record<string, unknown>>(name: string): Promise<T> {
    return JSON.parse(await readFile(this.stateFile(name), "utf8"));
  }

  /** Oldest first. */
  async backups(): Promise<BackupEntry[]> {
    const index = join(this.stack.folder, ".slipway/var/lib/slipway/backups/ledger/backup_index.json");
    return (JSON.parse(await readFile(index, "utf8")) as BackupIndex).backups;
  }

  /** Containers of the project by release. */
  async releases(): Promise<string[]> {
    const containers = await this.stack.containers({ "slipway.project": "ledger" });
    return [...new Set(containers.map(({ Labels }) => Labels["slipway.release"] as string))].sort();
  }

  /** What SQL prints, as the superuser sees it: not through the service that a test breaks. */
  async sql(statement: string): Promise<string> {
    const { postgres } = await this.stack.infrastructure();
    const command = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", "ledger", "-c", statement];
    const { exitCode, stdout, stderr } = await this.stack.exec(postgres as string, command, "postgres");
    if (exitCode !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}

function ledgerProject({ health, migrations, project }: LedgerOptions): ProjectEntry {
  const ledger = (verb: string) => ["python3", "/srv/ledger.py", verb];
  return {
    domains: { local: ["ledger.localhost"] },
    database: "shared",
    containers: {
      web: { port: 8080, health: { path: "/healthz", ...health }, limits: { memoryMiB: 128, pids: 200 } },
    },
    migrations: {
      container: "web",
      upgrade: ledger("upgrade"),
      current: ledger("current"),
      pending: ledger("pending"),
      downgrade: ledger("downgrade"),
      ...migrations,
    },
    ...project,
  };
}
