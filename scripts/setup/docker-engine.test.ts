import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { isHalfInstalled } from "./debian-packages";
import { ensureEngine } from "./docker-engine";
import { ADMIN_FOLDERS } from "./program-path";
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
  async function refusal(programs: string[], engine = nowhere, adminFolders: string[] = []): Promise<string> {
    for (const program of programs) writeFileSync(join(bin, program), "#!/bin/sh\nexit 99\n", { mode: 0o755 });
    const lines: string[] = [];
    const attempt = ensureEngine(new Progress((text) => lines.push(text)), bin, engine, adminFolders);
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

  it("is told how to start one that is installed where the PATH of most users does not lead", async () => {
    const sbin = join(bin, "sbin");
    mkdirSync(sbin);
    writeFileSync(join(sbin, "dockerd"), "#!/bin/sh\nexit 99\n", { mode: 0o755 });
    assert.match(await refusal(["apt-get"], nowhere, [sbin]), /^Docker is installed but not running\n/);
  });

  it("is looked at where Debian has what only administrators run", () => {
    assert.deepEqual(ADMIN_FOLDERS, ["/usr/local/sbin", "/usr/sbin", "/sbin"]);
  });

  for (const platform of ["darwin", "win32"] as const) {
    it(`is told what is needed where nothing answers and it is ${platform}`, async () => {
      Object.defineProperty(process, "platform", { ...platformOf, value: platform });
      assert.match(
        await refusal([]),
        new RegExp(`^no Docker engine answers here \\(this is ${platform}\\); needed is .*\nhint: run it on .*droplet`),
      );
    });
  }

  it("is told that Docker Desktop, where that answers, keeps its containers to itself; any other engine is taken", async () => {
    const answering = (OperatingSystem: string) =>
      ({ ping: async () => "OK", info: async () => ({ OperatingSystem }) }) as unknown as Docker;
    assert.match(
      await refusal([], answering("Docker Desktop")),
      /^the engine that answers here is Docker Desktop; needed/,
    );
    Object.defineProperty(process, "platform", { ...platformOf, value: "darwin" });
    await ensureEngine(new Progress(() => undefined), bin, answering("OrbStack"));
  });

  it("is told about an engine elsewhere that does not answer", async () => {
    process.env.DOCKER_HOST = "tcp://127.0.0.1:1";
    assert.match(await refusal([]), /^the Docker engine at DOCKER_HOST=tcp:\/\/127\.0\.0\.1:1 does not answer/);
  });

  describe("with dpkg, as root", () => {
    /** What is run of apt and dpkg, in order, and what the operator sees; the engine answers once it is installed. */
    async function runs(status: string, configureExit = 0): Promise<{ calls: string[]; lines: string[] }> {
      process.getuid = () => 0;
      const record = `echo "\${0##*/} $*" >> ${bin}/calls`;
      script("dockerd", "exit 99");
      script("dpkg-query", status ? `printf '%s' '${status}'` : "exit 1");
      script("dpkg", `${record}; exit ${configureExit}`);
      script("apt-cache", "exit 1");
      script("apt-get", record);
      const calls = () => (existsSync(join(bin, "calls")) ? readFileSync(join(bin, "calls"), "utf8").split("\n") : []);
      const engine = {
        ping: async () => {
          if (!calls().some((call) => call.startsWith("apt-get install"))) throw new Error("no engine");
        },
      } as unknown as Docker;
      const lines: string[] = [];
      await ensureEngine(new Progress((text) => lines.push(text)), join(bin, "log"), engine, []);
      return { calls: calls().map((call) => call.split(" ").slice(0, 3).join(" ")), lines };
    }

    for (const state of ["unpacked", "half-configured", "half-installed", "triggers-pending"]) {
      it(`an installation that was cut off is finished: ${state}`, async () => {
        const { calls, lines } = await runs(`install ok ${state}`);
        assert.deepEqual(calls, ["dpkg --configure -a", "apt-get update", "apt-get install --yes", ""]);
        assert.match(lines.join(""), /^slipway: Docker: installing\nslipway: Docker: ready after /);
      });
    }

    it("apt has the last word where dpkg cannot finish it alone, for want of another package", async () => {
      const { calls } = await runs("install reinstreq half-installed", 1);
      assert.deepEqual(calls, ["dpkg --configure -a", "apt-get update", "apt-get install --yes", ""]);
    });

    for (const status of ["install ok installed", "hold ok installed", "deinstall ok config-files", ""]) {
      it(`nothing was cut off where the package is: ${status || "unknown"}`, async () => {
        script("dpkg-query", status ? `printf '%s' '${status}'` : "exit 1");
        assert.equal(await isHalfInstalled("docker.io"), false);
      });
    }

    it("nothing was cut off where there is no dpkg", async () => {
      assert.equal(await isHalfInstalled("docker.io"), false);
    });

    function script(name: string, text: string): void {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
  });
});
