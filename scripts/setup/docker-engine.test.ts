import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { ensureEngine } from "./docker-engine";
import { Progress } from "./progress";
import { SetupError } from "./setup-error";

describe("a machine without a Docker engine", () => {
  const getuid = process.getuid;
  const platformOf = Object.getOwnPropertyDescriptor(process, "platform") as PropertyDescriptor;
  const { PATH, DOCKER_HOST } = process.env;
  const nowhere = new Docker({ socketPath: "/nonexistent/docker.sock" });
  let bin: string;

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "slipway-bin-"));
    process.env.PATH = bin;
    delete process.env.DOCKER_HOST;
    process.getuid = () => 1000;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
    else delete process.env.DOCKER_HOST;
    process.getuid = getuid;
    Object.defineProperty(process, "platform", platformOf);
    rmSync(bin, { recursive: true });
  });

  /** Puts programs on the PATH that must not be run. */
  async function refusal(programs: string[], engine = nowhere): Promise<string> {
    for (const program of programs) writeFileSync(join(bin, program), "#!/bin/sh\nexit 99\n", { mode: 0o755 });
    const lines: string[] = [];
    const attempt = ensureEngine(new Progress((text) => lines.push(text)), bin, engine);
    const error = await attempt.then(
      () => assert.fail("no engine, and no error"),
      (found) => found,
    );
    assert.ok(error instanceof SetupError, String(error));
    assert.deepEqual(lines, []);
    return error.message;
  }

  it("is told what to type where packages can be installed only by somebody else", async () => {
    assert.equal(
      await refusal(["apt-get"]),
      "there is no Docker engine on this machine\nhint: type: sudo apt-get install docker.io",
    );
  });

  it("is told what to install where there is no apt", async () => {
    assert.match(await refusal([]), /hint: install docker\.io with this system's package manager$/);
  });

  it("is told how to start one that is installed", async () => {
    assert.match(
      await refusal(["dockerd"]),
      /^Docker is installed but not running\nhint: type: sudo (dockerd|systemctl start docker)$/,
    );
  });

  for (const platform of ["darwin", "win32"] as const) {
    it(`is told that Linux is needed where it is ${platform}, though Docker Desktop answers there`, async () => {
      Object.defineProperty(process, "platform", { ...platformOf, value: platform });
      const answering = { ping: async () => "OK" } as unknown as Docker;
      for (const engine of [nowhere, answering]) {
        assert.match(
          await refusal([], engine),
          /^a Linux machine with a Docker engine of its own is needed.*\(this is \w+\)\nhint: run it on .*droplet/,
        );
      }
    });
  }

  it("is told about an engine elsewhere that does not answer", async () => {
    process.env.DOCKER_HOST = "tcp://127.0.0.1:1";
    assert.match(await refusal([]), /^the Docker engine at DOCKER_HOST=tcp:\/\/127\.0\.0\.1:1 does not answer/);
  });
});
