import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Project } from "../../config/project";
import { defaults } from "../../config/project.fixture";
import { releaseOf, snapshotOf } from "../../config/release";
import { releaseId } from "../../config/release-id";
import type { StackConfig } from "../../config/stack-config";
import { layout } from "../../host/layout";
import { routesSha256, writeRecord } from "../../host/record";
import { liveRelease } from "../../host/record.fixture";
import { Platform } from "./platform";
import type { StackSecrets } from "./stack-secrets";

const health = { path: "/healthz", intervalSeconds: 0.25, timeoutSeconds: 5, deadlineSeconds: 120 };
const limits = { memoryMiB: 256, cpus: 1, pids: 256, logMiB: 30 };
const shop: Project = {
  name: "shop",
  domains: ["shop.localhost"],
  containers: [
    {
      name: "backend",
      port: 8080,
      routes: ["/api/"],
      health,
      responseTimeLimitMs: 1000,
      limits,
      readOnly: true,
      tmpfs: [],
      volumes: [{ name: "uploads", path: "/srv/uploads" }],
      capabilities: [],
    },
    {
      name: "mailer",
      routes: [],
      health: { ...health, path: undefined, command: ["ping"] },
      responseTimeLimitMs: 1000,
      limits,
      readOnly: true,
      tmpfs: [],
      volumes: [],
      capabilities: [],
    },
  ],
  variables: { required: [], defaults: {}, promised: {} },
  database: "shared",
  migrations: {
    container: "backend",
    upgrade: ["alembic", "upgrade", "head"],
    transactional: true,
    timeoutSeconds: 600,
  },
  smokeTests: [],
  keyTables: [],
  ...defaults,
};
const image = `127.0.0.1:5000/shop@sha256:${"a".repeat(64)}`;
const live = { version: "1.0.0", images: { backend: image, mailer: image } };
const config: StackConfig = {
  stack: "local",
  environment: "local",
  hostRoot: mkdtempSync(join(tmpdir(), "slipway-platform-")),
  gateway: { address: "127.0.0.1", port: 8080 },
  registry: { port: 5000 },
  images: { gateway: "sha256:1", postgres: "sha256:2", registry: "sha256:3" },
  checkPublicAddress: false,
  infrastructure: "hold",
  releases: { shop: { live } },
  variables: {},
  deleteData: [],
  deploy: {},
  registries: {},
  backup: { schedule: "daily" },
};
const RESTORE = { backup: "backup_20261124_214324", nonce: "1" };
const R = releaseId(shop, live, {});

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  parent: string;
  /** As its aliases name them. */
  formerParents: string[];
  retainOnDelete: boolean;
  ignoreChanges: string[];
  customTimeouts?: pulumi.CustomTimeouts;
  dependencies: string[];
}

/** Declares a platform against Pulumi's mocks and tells what was registered, by the type's last part and the name. */
async function registered(
  stack: StackConfig,
  projects = [shop],
  variables: StackSecrets["variables"] = {},
): Promise<Map<string, Registered>> {
  const inputsOf = new Map<string, Record<string, unknown>>();
  const declared: Promise<Registered>[] = [];
  const keyOf = (type: string, name: string) => `${type.split(":").at(-1)} ${name}`;
  const listed = (resources: pulumi.Input<pulumi.Resource[]>) =>
    new Promise<pulumi.Resource[]>((done) => pulumi.output(resources).apply((all) => done(all as pulumi.Resource[])));
  const nameOf = (resource: pulumi.Resource) =>
    new Promise<string>((done) => resource.urn.apply((urn) => done(urn.split("::").at(-1) as string)));

  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, id }) {
        inputsOf.set(keyOf(type, name), inputs);
        const drawn = type === "random:index/randomPassword:RandomPassword" && { result: pulumi.secret("drawn") };
        return { id: id || `${name}-id`, state: { name, ...inputs, ...drawn } };
      },
      call: () => assert.fail("nothing but the host's own files is asked"),
    },
    "slipway",
    stack.stack,
    false,
  );
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
      const {
        parent,
        dependsOn = [],
        retainOnDelete = false,
        ignoreChanges = [],
        customTimeouts,
        aliases = [],
      } = opts as pulumi.CustomResourceOptions;
      const former = (aliases as pulumi.Alias[]).flatMap((alias) => (alias.parent as pulumi.Resource) ?? []);
      const entry = async () => ({
        type,
        name,
        inputs: {},
        parent: parent ? await nameOf(parent) : "",
        formerParents: await Promise.all(former.map(nameOf)),
        retainOnDelete,
        ignoreChanges,
        customTimeouts,
        dependencies: await Promise.all((await listed(dependsOn as pulumi.Input<pulumi.Resource[]>)).map(nameOf)),
      });
      declared.push(entry());
      return undefined;
    });
    new Platform("local", {
      config: stack,
      projects,
      secrets: pulumi.output<StackSecrets>({ variables, snapshots: {}, registries: {} }),
    });
    return {};
  });
  const entries = await Promise.all(declared);
  await pulumi.runtime.disconnect(); // All that was declared is registered.
  return new Map(
    entries.map((entry) => {
      const key = keyOf(entry.type, entry.name);
      return [key, { ...entry, inputs: inputsOf.get(key) ?? {} }];
    }),
  );
}

describe("what a platform declares", () => {
  let resources: Map<string, Registered>;
  const host = layout(config.hostRoot);
  before(async () => {
    await writeRecord(host, "shop", { serial: 6, drainingWorkers: [] });
    const releases = { shop: { live, restore: RESTORE } };
    resources = await registered({ ...config, releases });
  });
  after(() => rmSync(config.hostRoot, { recursive: true }));

  function resource(name: string): Registered {
    const found = resources.get(name);
    assert.ok(found, `${name} is not among\n${[...resources.keys()].join("\n")}`);
    return found;
  }

  it("SC-13 limits the pull of an image and the start of a container, as the project says", async () => {
    assert.deepEqual(resource(`RemoteImage shop-backend-${R}`).customTimeouts, { create: "900s" });
    assert.deepEqual(resource(`Container shop-backend-${R}`).customTimeouts, { create: "300s" });
    const deploy = { ...shop.deploy, pullSeconds: 60, startSeconds: 20 };
    const patient = await registered(config, [{ ...shop, deploy }]);
    assert.deepEqual(patient.get(`RemoteImage shop-backend-${R}`)?.customTimeouts, { create: "60s" });
    assert.deepEqual(patient.get(`Container shop-backend-${R}`)?.customTimeouts, { create: "20s" });
  });

  it("PU-01 is made of components by domain", () => {
    const components = [...resources.values()].filter(({ type }) => type.startsWith("slipway:"));
    assert.deepEqual(
      components.map(({ type, name, parent }) => [type, name, parent]).sort(),
      [
        ["slipway:platform:Platform", "local", ""],
        ["slipway:host:Host", "local-host", "local"],
        ["slipway:gateway:Gateway", "local-gateway", "local"],
        ["slipway:database:Postgres", "local-postgres", "local"],
        ["slipway:registry:Registry", "local-registry", "local"],
        ["slipway:project:Project", "shop", "local"],
        ["slipway:database:ProjectDatabase", "shop-database", "shop"],
        ["slipway:release:Release", `shop-${R}`, "shop"],
        ["slipway:backup:PreDeployBackup", "shop-backup", "shop"],
        ["slipway:restore:PreparedRestore", "shop-restore", "shop"],
        ["slipway:rollout:Rollout", "shop-rollout", "shop"],
      ].sort(),
    );
  });

  it("PU-01 knows the commands of a deploy again that were its project's own", () => {
    for (const name of ["shop-backup", "shop-restore", "shop-route", "shop-rollout"]) {
      const command = resource(`Command ${name}`);
      assert.equal(command.parent, name === "shop-route" ? "shop-rollout" : name);
      assert.deepEqual(command.formerParents, ["shop"], name);
    }
  });

  it("a release's resources carry its R in their names, a project's own do not", () => {
    const children = [...resources.values()].filter(({ parent }) => parent === `shop-${R}`);
    assert.deepEqual(
      children.map(({ type, name }) => [type.split(":").at(-1), name]),
      [
        ["RemoteImage", `shop-backend-${R}`],
        ["RemoteImage", `shop-mailer-${R}`],
        ["Container", `shop-backend-${R}`],
        ["Container", `shop-mailer-${R}`],
        ["Command", `shop-retire-${R}`],
      ],
    );
    for (const name of ["shop-attachment", "shop-migrate", "shop-preflight"]) {
      assert.equal(resource(`Command ${name}`).parent, "shop", name);
    }
  });

  it("MT-07 OV-05 a release's container is never changed: every input but mustRun is ignored", () => {
    const { inputs, ignoreChanges } = resource(`Container shop-backend-${R}`);
    const declared = Object.keys(inputs).filter((key) => key !== "mustRun");
    for (const key of [...declared, "name"]) assert.ok(ignoreChanges.includes(key), key);
    assert.ok(!ignoreChanges.includes("mustRun"));
    assert.equal(inputs.wait, undefined, "an engine's wait is no gate");
  });

  it("MT-23 a worker is made and not started; what has a port is started and kept running", () => {
    const { start, mustRun } = resource(`Container shop-mailer-${R}`).inputs;
    assert.deepEqual({ start, mustRun }, { start: false, mustRun: false });
    const backend = resource(`Container shop-backend-${R}`).inputs;
    assert.deepEqual({ start: backend.start, mustRun: backend.mustRun }, { start: undefined, mustRun: true });
  });

  it("MT-11 MT-12 rollout comes after retire and is triggered by the release and the host's epoch", () => {
    const rollout = resource("Command shop-rollout");
    assert.deepEqual(JSON.parse(rollout.inputs.stdin as string).restore, RESTORE);
    const triggers = rollout.inputs.triggers as unknown[];
    assert.deepEqual(triggers.slice(0, 2), [R, 7]);
    assert.ok(rollout.dependencies.includes("shop-route"));
    assert.ok(resource("Command shop-route").dependencies.includes(`shop-retire-${R}`));
    assert.ok(resource(`Command shop-retire-${R}`).dependencies.includes(`shop-backend-${R}`));
  });

  it("MT-08 containers start after the migration", () => {
    assert.ok(resource(`Container shop-backend-${R}`).dependencies.includes("shop-migrate"));
    assert.deepEqual(resource("Command shop-migrate").inputs.triggers, [R, 7]);
  });

  it("a migration has the limits of the container whose image it runs in", () => {
    const { stdin } = resource("Command shop-migrate").inputs;
    const { memoryMiB, cpus, pids, logMiB } = JSON.parse(
      typeof stdin === "string" ? stdin : (stdin as { value: string }).value,
    );
    assert.deepEqual({ memoryMiB, cpus, pids, logMiB }, limits);
  });

  it("MT-05 the checks before a deploy are told the processors that each container may use", () => {
    const { cpus } = JSON.parse(String(resource("Command shop-preflight").inputs.stdin));
    assert.deepEqual(cpus, { backend: 1, mailer: 1 });
  });

  it("MT-06 nothing of a release is pulled or started before the backup, where the project has data", () => {
    assert.ok(resource("Command shop-backup").dependencies.includes("shop-preflight"));
    assert.ok(resource(`RemoteImage shop-backend-${R}`).dependencies.includes("shop-backup"));
  });

  it("MT-06 what has no data starts beside its backup, and gets traffic after it", async () => {
    const { migrations, ...rest } = shop;
    const containers = shop.containers.map((container) => ({ ...container, volumes: [] }));
    const stateless: Project = { ...rest, database: "none", containers };
    const dependenciesIn = async (project: Project, start: string) => {
      const found = [...(await registered(config, [project]))].find(([key]) => key.startsWith(start));
      return found?.[1].dependencies ?? assert.fail(start);
    };
    const image = "RemoteImage shop-backend-";
    assert.ok((await dependenciesIn(stateless, image)).includes("shop-preflight"));
    assert.ok(!(await dependenciesIn(stateless, image)).includes("shop-backup"));
    assert.ok((await dependenciesIn(stateless, "Command shop-rollout")).includes("shop-backup"));
    assert.ok(migrations);
    assert.ok((await dependenciesIn({ ...stateless, migrations }, image)).includes("shop-backup"));
  });

  it("the steps of a deploy do not wait for each other where their release serves already", async () => {
    const text = { upstreams: "", locations: "" };
    await writeRecord(host, "shop", {
      serial: 6,
      drainingWorkers: [],
      live: liveRelease(R, { routesSha256: routesSha256(text) }),
    });
    const served = await registered(config);
    assert.ok(!served.get("Command shop-backup")?.dependencies.includes("shop-preflight"));
    assert.ok(!served.get(`RemoteImage shop-backend-${R}`)?.dependencies.includes("shop-backup"));
    assert.ok(!served.get("Command shop-rollout")?.dependencies.includes("shop-backup"));
  });

  it("PU-08 what holds data is kept when its resource goes, until the configuration says otherwise", async () => {
    for (const name of ["Volume local-postgres-data", "Volume local-registry-data", "Volume shop-uploads-volume"]) {
      assert.equal(resource(name).retainOnDelete, true, name);
    }
    const deleting = await registered({ ...config, deleteData: ["shop"] });
    assert.equal(deleting.get("Volume shop-uploads-volume")?.retainOnDelete, false);
    assert.equal(deleting.get("Volume local-postgres-data")?.retainOnDelete, true);
  });

  /** What Pulumi's log does without an engine. */
  async function warnings(stacks: StackConfig[]): Promise<string[]> {
    const told: string[] = [];
    const { warn } = console;
    console.warn = (text: string) => told.push(text);
    try {
      for (const stack of stacks) await registered(stack);
    } finally {
      console.warn = warn;
    }
    return told;
  }

  it("PU-08 warns of each project whose data goes with it, and says what keeps it", async () => {
    assert.deepEqual(await warnings([{ ...config, deleteData: ["shop", "gone"] }, config]), [
      "warning: [runtime] shop: its volumes and its database will be deleted along with it, as slipway:deleteData says\n" +
        "to keep what that names: ./slipway config rm --stack local slipway:deleteData, then ./slipway up",
    ]);
  });

  it("SC-03 warns of settings that a failed command went back to, and says what has those of projects.yml", async () => {
    assert.deepEqual(await warnings([{ ...config, releases: { shop: { live, fallback: true } } }]), [
      "warning: [runtime] shop: what a failed command went back to keeps the settings that it ran with\n" +
        "for those of projects.yml: ./slipway deploy --stack local shop",
    ]);
  });

  it("MT-06 a backup has the volumes of a release that may come back, too, where projects.yml names none", async () => {
    const renamed = shop.containers.map((spec) => ({
      ...spec,
      volumes: spec.volumes.map(({ path }) => ({ name: "files", path })),
    }));
    const backedUp = async (volumes?: string[]) => {
      const standby = { version: "0.9.0", images: live.images, snapshot: snapshotOf(releaseOf(shop, live, {})) };
      const project = { ...shop, containers: renamed, backup: { ...shop.backup, volumes } };
      const found = await registered({ ...config, releases: { shop: { live, standby } } }, [project]);
      const { volumes: all, backup } = JSON.parse(String(found.get("Command shop-description")?.inputs.stdin));
      assert.deepEqual(Object.keys(all), ["files", "uploads"]);
      return backup.volumes;
    };
    assert.deepEqual(await backedUp(), ["files", "uploads"]);
    assert.deepEqual(await backedUp(["files"]), ["files"]);
  });

  it("PU-04 a database stays declared while a release that may come back has it", async () => {
    const names = async (snapshot: object) => {
      const standby = {
        version: "0.9.0",
        images: live.images,
        snapshot: { ...snapshotOf(releaseOf(shop, live, {})), ...snapshot },
      };
      const stack = { ...config, releases: { shop: { live, standby } } };
      return [...(await registered(stack, [{ ...shop, database: "none" }])).keys()];
    };
    assert.ok((await names({ database: "shared" })).includes("Command shop-database"));
    assert.ok(!(await names({ database: "none" })).includes("Command shop-database"));
  });

  it("OV-05 infrastructure is held as it is, unless the configuration says apply", async () => {
    const containers = ["Container local-gateway", "Container local-postgres", "Container local-registry"];
    for (const name of containers) {
      const { inputs, ignoreChanges } = resource(name);
      for (const key of Object.keys(inputs)) assert.ok(ignoreChanges.includes(key), `${name}: ${key}`);
    }
    const applying = await registered({ ...config, infrastructure: "apply" });
    for (const name of containers) assert.deepEqual(applying.get(name)?.ignoreChanges, [], name);
  });

  it("a volume of data that an operator made beforehand is taken as it is", () => {
    for (const name of ["Volume local-postgres-data", "Volume local-registry-data", "Volume shop-uploads-volume"]) {
      assert.deepEqual(resource(name).ignoreChanges, ["driver", "driverOpts", "labels"], name);
    }
  });

  it("everything of Docker is labelled with its stack, a project's with the project, a release's with R", () => {
    const labels = (name: string) =>
      Object.fromEntries(
        (resource(name).inputs.labels as { label: string; value: string }[]).map(({ label, value }) => [label, value]),
      );
    assert.deepEqual(labels(`Container shop-backend-${R}`), {
      "slipway.stack": "local",
      "slipway.project": "shop",
      "slipway.service": "backend",
      "slipway.release": R,
    });
    assert.deepEqual(labels("Network shop-network"), { "slipway.stack": "local", "slipway.project": "shop" });
    assert.deepEqual(labels("Container local-gateway"), { "slipway.stack": "local", "slipway.service": "gateway" });
  });

  it("MT-04 containers get the address of their own database, whatever else would set it", async () => {
    const others = await registered(config, [shop], { shop: { DATABASE_URL: "postgresql://blog", MODE: "fast" } });
    const envs = JSON.stringify(others.get(`Container shop-backend-${R}`)?.inputs.envs);
    assert.match(envs, /DATABASE_URL=postgresql:\/\/shop:drawn@postgres:5432\/shop"/);
    assert.match(envs, /MODE=fast/);
    assert.doesNotMatch(envs, /blog/);
  });

  it("fault 38 a description that the host lost with its copy is written anew by the next up, and else nothing is", async () => {
    const requestOf = (all: Map<string, Registered>, name: string) => {
      const { stdin } = all.get(name)?.inputs ?? assert.fail(name);
      return JSON.parse(typeof stdin === "string" ? stdin : (stdin as { value: string }).value);
    };
    const names = ["Command local-description", "Command shop-description"];
    for (const name of names) assert.ok(!("epoch" in requestOf(resources, name)), name);
    for (const file of [host.platform, join(host.project("shop"), "description.json")]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "{ half");
    }
    const mended = await registered(config);
    for (const name of names) assert.equal(requestOf(mended, name).epoch, 1, name);
  });

  it("PU-09 a command's request that holds a password is secret as a whole", () => {
    const { inputs } = resource("Command shop-database");
    assert.equal(
      (inputs.stdin as Record<string, unknown>)[pulumi.runtime.specialSigKey],
      pulumi.runtime.specialSecretSig,
    );
  });
});
