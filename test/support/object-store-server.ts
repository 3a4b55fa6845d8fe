import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ObjectStoreSettings } from "../../host/backup/object-store";
import { checkout } from "../../scripts/checkout";
import { isOnPath } from "../../scripts/setup/program-path";
import { freePorts } from "./free-ports";
import { until } from "./until";

const TOOLS = join(checkout(), ".slipway/tools");
const SERVER = join(TOOLS, "versitygw");
const MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

/** A real S3 server on loopback, with its objects as files in a folder. */
export class ObjectStoreServer implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly folder: string,
    readonly settings: ObjectStoreSettings,
  ) {}

  /** Built once on this machine where Go is there; `undefined`, or why there is none. */
  static async missing(): Promise<string | undefined> {
    if (existsSync(SERVER)) return undefined;
    if (!isOnPath("go")) return "versitygw is not there, and without Go it cannot be built";
    await mkdir(TOOLS, { recursive: true });
    // Tests may run meanwhile.
    const built = promisify(execFile)("nice", ["go", "install", MODULE], { env: { ...process.env, GOBIN: TOOLS } });
    return built.then(
      () => undefined,
      (error: Error) => `versitygw could not be built: ${error.message}`,
    );
  }

  static async start(folder: string): Promise<ObjectStoreServer> {
    const [port = 0] = await freePorts(1);
    await mkdir(join(folder, "backups"), { recursive: true });
    const credentials = ["--access", "key", "--secret", "secret"];
    const child = spawn(SERVER, [...credentials, "--port", `127.0.0.1:${port}`, "--quiet", "posix", folder], {
      stdio: "ignore",
    });
    await until("the object store", () => answers(port));
    return new ObjectStoreServer(child, folder, {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      bucket: "backups",
      prefix: "of-the-test/",
      accessKeyId: "key",
      secretAccessKey: "secret",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => done(true)).on("error", () => done(false));
    socket.on("connect", () => socket.destroy());
  });
}
