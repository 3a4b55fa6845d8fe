import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
const image = process.env.GOLDEN_IMAGE!;
const net = new docker.Network("net", { name: "golden-15-net", internal: false, labels: [{ label: "golden", value: "golden-15" }] });
const vol = new docker.Volume("vol", { name: "golden-15-vol", labels: [{ label: "golden", value: "golden-15" }] });
const web = new docker.Container("web", {
  name: "golden-15-web",
  image,
  command: ["sh", "-c", "echo $MODE > /tmp/mode; trap 'exit 0' TERM; while true; do sleep 0.2; done"],
  envs: ["MODE=b", "LANG=C"],
  labels: [{ label: "golden", value: "golden-15" }, { label: "tier", value: "back" }],
  networksAdvanced: [{ name: net.name, aliases: ["web", "golden-15-alias"] }],
  volumes: [{ volumeName: vol.name, containerPath: "/data" }],
  ports: [{ internal: 8080, external: Number(process.env.GOLDEN_PORT), ip: "127.0.0.1" }],
  healthcheck: { tests: ["CMD", "sh", "-c", "test -s /tmp/mode"], interval: "1s", timeout: "2s", retries: 2, startPeriod: "1s" },
  wait: true, waitTimeout: 30,
  memory: 64, memorySwap: 64,
  capabilities: { adds: ["CAP_NET_BIND_SERVICE"], drops: ["ALL"] },
  uploads: [{ file: "/etc/golden.conf", content: "conf = 1\n", executable: false }],
  restart: "unless-stopped",
  logDriver: "json-file", logOpts: { "max-size": "1m", "max-file": "2" },
  destroyGraceSeconds: 5, stopTimeout: 5, readOnly: false, user: "0", workingDir: "/data",
  tmpfs: { "/scratch": "size=1m" },
}, { deleteBeforeReplace: true });
export const containerId = web.id;
export const ip = web.networkDatas.apply((d) => d[0].ipAddress);
export const volName = vol.name;
export const netDriver = net.driver;
