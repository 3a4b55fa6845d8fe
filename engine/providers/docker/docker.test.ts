import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNKNOWN } from "../../property-value";
import { checkRequest } from "../requests.fixture";
import { dockerPackage } from ".";
import { containerConfig } from "./container/container-config";
import { duration, durationText } from "./container/duration";
import { uploadArchive } from "./container/upload-archive";
import { dialStdioCommand } from "./dial-stdio";
import { dockerConfig, registryLogin } from "./provider-config";
import { registryOf } from "./pull-image";

const CONTAINER = "docker:index/container:Container";

describe("package docker", () => {
  it("refuses by name what the embedded engine cannot do with a container", async () => {
    const { failures } = await dockerPackage.configure({ disableDockerDaemonCheck: "true" }).check(
      checkRequest(CONTAINER, {
        ...{ image: "i", attach: true, logs: true, gpus: "all", restart: "sometimes", cpus: "many" },
        ...{ healthcheck: { interval: "soon" }, mounts: [{ target: "/a", type: "npipe" }] },
        ...{ uploads: [{ file: "/a" }], volumes: [{ containerPath: "/a", fromContainer: "b" }] },
      }),
    );
    assert.deepEqual(
      failures?.map(({ property, reason }) => `${property} ${reason}`.slice(0, 60)),
      [
        "attach waits for the container to end, which the embedded engi",
        "logs keeps the log in the state, which the embedded engine doe",
        "gpus is not supported by the embedded engine, which has attach",
        "restart must be one of no, on-failure, always, unless-stopped",
        'cpus must be a number of CPUs such as "1.5"',
        'healthcheck.interval must be a duration such as "1m30s"',
        "mounts[0].type must be one of bind, volume, tmpfs",
        "uploads must each have one of content, contentBase64 and sourc",
        "volumes must each have one of containerPath and fromContainer",
      ].map((line) => line.slice(0, 60)),
    );
  });

  it("asks Docker for nothing that the inputs do not ask for", async () => {
    const { inputs } = await dockerPackage
      .configure({ disableDockerDaemonCheck: "true" })
      .check(checkRequest(CONTAINER, { image: "i", name: "n" }));
    assert.deepEqual(containerConfig(inputs), {
      name: "n",
      Image: "i",
      HostConfig: {
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
        LogConfig: { Type: "", Config: {} },
        NetworkMode: "bridge",
        Init: false,
      },
    });
  });

  it("reads and writes durations as Go does", () => {
    for (const [text, nanoseconds, canonical] of [
      ["1m", 60e9, "1m0s"],
      ["90s", 90e9, "1m30s"],
      ["1.5h", 5400e9, "1h30m0s"],
      ["1500ms", 1.5e9, "1.5s"],
      ["250ms", 250e6, "250ms"],
      ["0", 0, "0s"],
    ] as const) {
      assert.equal(duration(text), nanoseconds);
      assert.equal(durationText(nanoseconds), canonical);
    }
    for (const text of ["soon", "5", "-1s", "1s x"]) assert.equal(duration(text), undefined);
  });

  it("packs uploads into one archive that tar reads", () => {
    const path = `/opt/${"long/".repeat(25)}run`;
    const archive = uploadArchive(
      {
        uploads: [
          { file: "/etc/a", content: "é", permissions: "0600" },
          { file: path, contentBase64: "eA==" },
        ],
      },
      ".",
    );
    const names = Buffer.from(archive ?? "").toString("latin1");
    assert.ok(names.startsWith("etc/a\0") && names.includes(`${path.slice(1)}\0`));
    assert.equal((archive?.length ?? 1) % 512, 0);
    assert.equal(uploadArchive({ uploads: [] }, "."), undefined);
  });

  it("builds the command that Docker's own CLI uses to reach an engine over ssh", () => {
    const command = (host: string) => dialStdioCommand(new URL(host), ["-i", "/k"]).join(" ");
    assert.equal(
      command("ssh://deploy@droplet:2222"),
      "ssh -i /k -l deploy -p 2222 -o ConnectTimeout=30 -T -- droplet docker system dial-stdio",
    );
    assert.match(command("ssh://droplet/run/other.sock"), /-- droplet docker --host=unix:\/\/\/run\/other.sock system/);
  });

  it("takes its configuration from inputs, as values or as JSON, then from the environment", () => {
    assert.equal(dockerConfig({}, {}).host, "unix:///var/run/docker.sock");
    assert.equal(dockerConfig({}, { DOCKER_HOST: "tcp://a:1" }).host, "tcp://a:1");
    assert.equal(dockerConfig({ host: "ssh://b" }, { DOCKER_HOST: "tcp://a:1" }).host, "ssh://b");
    assert.deepEqual(dockerConfig({ sshOpts: '["-i","k"]' }, { DOCKER_SSH_OPTS: "-v" }).sshOpts, ["-i", "k"]);
    assert.deepEqual(dockerConfig({}, { DOCKER_SSH_OPTS: "-v -F x" }).sshOpts, ["-v", "-F", "x"]);
    assert.deepEqual(dockerConfig({ registryAuth: [{ address: "a" }] }, {}).registryAuth, [{ address: "a" }]);
  });

  it("refuses a configuration that it cannot honour, without showing it", () => {
    const { failures } = dockerPackage.checkConfig({
      ...{ version: "5.2.0", host: "droplet", context: "prod", registryAuth: "hush", sshOpts: UNKNOWN },
    });
    assert.deepEqual(
      failures?.map(({ property }) => property),
      ["context", "registryAuth", "host"],
    );
    assert.doesNotMatch(JSON.stringify(failures), /hush/);
  });

  it("reads files of its configuration from the program's folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-docker-"));
    try {
      for (const name of ["ca.pem", "cert.pem", "key.pem"]) writeFileSync(join(folder, name), name);
      const auth = Buffer.from("me:se:cret").toString("base64");
      writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { "r.test": { auth } } }));
      const registryAuth = [{ address: "r.test", configFile: "config.json" }];
      const config = dockerConfig({ certPath: ".", registryAuth }, {}, folder);
      assert.deepEqual(config.tls, { ca: "ca.pem", cert: "cert.pem", key: "key.pem" });
      assert.equal(registryLogin(config, "r.test")?.password, "se:cret");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("finds the login of a registry, also in a Docker configuration", () => {
    const auth = Buffer.from("me:se:cret").toString("base64");
    const configFileContent = JSON.stringify({ auths: { "https://index.docker.io/v1/": { auth } } });
    const config = dockerConfig({
      registryAuth: [
        { address: "https://r.test:5000", username: "u", password: "p" },
        { address: "docker.io", configFileContent },
        { address: "free.test", authDisabled: true },
        { address: "none.test", configFileContent: "{}" },
      ],
    });
    const login = (reference: string) => registryLogin(config, registryOf(reference));
    assert.deepEqual(login("r.test:5000/app@sha256:1"), {
      username: "u",
      password: "p",
      serveraddress: "https://r.test:5000",
    });
    assert.deepEqual(login("library/nginx:1"), { username: "me", password: "se:cret", serveraddress: "docker.io" });
    assert.equal(login("free.test/a")?.username, "anonymous");
    assert.equal(login("other.test/a"), undefined);
    assert.throws(() => login("none.test/a"), /holds no login for it .*credential helpers are not supported/);
  });
});
