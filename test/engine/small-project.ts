import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");
export const COMMAND_LINE = join(REPOSITORY, ".slipway/build/slipway.js");

/** A project of one stack output, with a backend and a home of its own, in a temporary folder. */
export class SmallProject implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "slipway-engine-")));
  readonly environment: NodeJS.ProcessEnv;

  /** @param engine which one drives it */
  constructor(engine: "embedded" | "official") {
    const state = join(this.root, "state");
    mkdirSync(state);
    writeFileSync(join(this.root, "Pulumi.yaml"), "name: small\nruntime: nodejs\n");
    writeFileSync(join(this.root, "package.json"), '{"name":"small","private":true,"main":"index.ts"}\n');
    writeFileSync(join(this.root, "tsconfig.json"), '{"compilerOptions":{"module":"commonjs","target":"es2020"}}\n');
    this.program("one");
    symlinkSync(join(REPOSITORY, "node_modules"), join(this.root, "node_modules"));
    this.environment = {
      PATH: process.env.PATH,
      HOME: this.root,
      TERM: "xterm",
      LANG: "C.UTF-8",
      SLIPWAY_ENGINE: engine,
      PULUMI_HOME: join(this.root, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "x",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** A program with the output `word`, and `token` out of its configuration. */
  program(word: string): void {
    const token = 'new pulumi.Config().getSecret("token")';
    const text = `import * as pulumi from "@pulumi/pulumi";\nexport const word = "${word}";\nexport const token = ${token};\n`;
    this.file("index.ts", text);
  }

  file(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
