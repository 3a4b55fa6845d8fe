import { strict as assert } from "node:assert";
import type { ContainerSpec } from "../../config/project";
import { containerArgs } from "./container-args";

const web: ContainerSpec = {
  name: "web",
  port: 8080,
  routes: [],
  health: { path: "/healthz", intervalSeconds: 0.25, timeoutSeconds: 5, deadlineSeconds: 120 },
  responseTimeLimitMs: 1000,
  limits: { memoryMiB: 256, cpus: 1, pids: 256, logMiB: 30 },
  readOnly: true,
  tmpfs: [],
  volumes: [],
  capabilities: [],
};
const labels = { stack: "local", project: "shop", service: "web", release: "3f2a91c04e" };

describe("arguments of a release's container", () => {
  it("PU-01 limits, no new privileges, no capabilities, a read-only root and a bounded log are the default", () => {
    assert.deepEqual(containerArgs(web, labels), {
      labels: [
        { label: "slipway.stack", value: "local" },
        { label: "slipway.project", value: "shop" },
        { label: "slipway.service", value: "web" },
        { label: "slipway.release", value: "3f2a91c04e" },
      ],
      restart: "unless-stopped",
      memory: 256,
      memorySwap: 256,
      cpus: "1",
      securityOpts: ["no-new-privileges:true"],
      capabilities: { adds: [], drops: ["ALL"] },
      readOnly: true,
      tmpfs: { "/tmp": "size=64m,mode=1777" },
      logDriver: "json-file",
      logOpts: { "max-size": "10240k", "max-file": "3" },
      destroyGraceSeconds: 30,
      stopTimeout: 30,
      mustRun: true,
    });
  });

  it("a volume at /tmp takes the place of what a read-only root has there", () => {
    const { tmpfs } = containerArgs({ ...web, volumes: [{ name: "scratch", path: "/tmp" }] }, labels);
    assert.deepEqual(tmpfs, {});
  });

  it("a worker's health command becomes Docker's health check, and what a project asks for is given back", () => {
    const worker: ContainerSpec = {
      ...web,
      port: undefined,
      command: ["worker", "--queue", "mail"],
      health: { command: ["worker", "ping"], intervalSeconds: 2, timeoutSeconds: 3, deadlineSeconds: 60 },
      readOnly: false,
      tmpfs: ["/var/cache"],
      capabilities: ["NET_BIND_SERVICE"],
    };
    const args = containerArgs(worker, labels);
    assert.deepEqual(args.healthcheck, { tests: ["CMD", "worker", "ping"], interval: "2s", timeout: "3s", retries: 3 });
    assert.deepEqual(args.capabilities, { adds: ["CAP_NET_BIND_SERVICE"], drops: ["ALL"] });
    assert.deepEqual(args.tmpfs, { "/var/cache": "size=64m,mode=1777" });
    assert.deepEqual(args.command, ["worker", "--queue", "mail"]);
  });
});
