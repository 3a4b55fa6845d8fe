import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type AuditEvent, recordEvent } from "./audit";
import { type Layout, layout } from "./layout";
import { FAMILIES, forgetProjects, recordHealth, recordReload } from "./metrics";
import { runId } from "./run-id";

const deploy: AuditEvent = {
  operation: "deploy",
  project: "shop",
  by: "ann@laptop",
  from: "1.0.0",
  to: "1.1.0",
  result: "success",
  seconds: 12.5,
};

describe("audit log and metrics", () => {
  let root: string;
  let place: Layout;
  const now = new Date("2026-03-04T05:06:07.891Z");
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-audit-"));
    place = layout(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  const metrics = () => readFile(place.metrics, "utf8");

  it("SC-15 appends one JSON object a line: who, what, from, to, result, duration", async () => {
    await recordEvent(place, deploy, now);
    await recordEvent(place, { ...deploy, operation: "rollback", result: "failure", reason: "two\nlines" }, now);
    const lines = (await readFile(place.audit, "utf8")).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        { at: "2026-03-04T05:06:07.891Z", run: runId(), ...deploy },
        {
          at: "2026-03-04T05:06:07.891Z",
          run: runId(),
          ...deploy,
          operation: "rollback",
          result: "failure",
          reason: "two\nlines",
        },
      ],
    );
  });

  it("MT-21 counts deploys by result, with the sum of their durations and the last, across processes", async () => {
    await recordEvent(place, deploy, now);
    await recordEvent(place, { ...deploy, seconds: 7.5, result: "failure" }, now);
    await recordEvent(place, { ...deploy, project: "blog", seconds: 1 }, now);
    assert.equal(
      await metrics(),
      `# HELP slipway_deploys_total Deploys that ended, by result.
# TYPE slipway_deploys_total counter
slipway_deploys_total{project="blog",result="success"} 1
slipway_deploys_total{project="shop",result="failure"} 1
slipway_deploys_total{project="shop",result="success"} 1
# HELP slipway_deploy_duration_seconds Time that deploys took.
# TYPE slipway_deploy_duration_seconds summary
slipway_deploy_duration_seconds_sum{project="blog"} 1
slipway_deploy_duration_seconds_sum{project="shop"} 20
slipway_deploy_duration_seconds_count{project="blog"} 1
slipway_deploy_duration_seconds_count{project="shop"} 2
# HELP slipway_deploy_last_duration_seconds Time that the last of the deploys took.
# TYPE slipway_deploy_last_duration_seconds gauge
slipway_deploy_last_duration_seconds{project="blog"} 1
slipway_deploy_last_duration_seconds{project="shop"} 7.5
# HELP slipway_deploy_last_success_timestamp_seconds When the last of the deploys succeeded, in Unix time.
# TYPE slipway_deploy_last_success_timestamp_seconds gauge
slipway_deploy_last_success_timestamp_seconds{project="blog"} 1772600767
slipway_deploy_last_success_timestamp_seconds{project="shop"} 1772600767
`,
    );
  });

  it("MT-21 counts rollbacks, backups, restores, proofs and reloads of the gateway", async () => {
    for (const operation of ["rollback", "backup", "restore", "proof"] as const) {
      await recordEvent(place, { ...deploy, operation }, now);
    }
    await recordReload(place, true);
    await recordReload(place, true);
    await recordReload(place, false);
    const text = await metrics();
    for (const line of [
      'slipway_rollbacks_total{project="shop",result="success"} 1',
      'slipway_backup_duration_seconds_sum{project="shop"} 12.5',
      'slipway_restores_total{project="shop",result="success"} 1',
      'slipway_proof_last_duration_seconds{project="shop"} 12.5',
      'slipway_gateway_reloads_total{result="success"} 2',
      'slipway_gateway_reloads_total{result="failure"} 1',
    ]) {
      assert(text.includes(`${line}\n`), line);
    }
  });

  it("MT-21 keeps the last health of each service, and forgets one that is gone when all were checked", async () => {
    const web = { service: "shop/web", isUp: true, isDegraded: true, seconds: 0.25 };
    await recordHealth(place, [web, { service: "postgres", isUp: false, isDegraded: false }], true, now);
    await recordHealth(place, [{ ...web, isDegraded: false }], false, now);
    assert.match(await metrics(), /slipway_service_healthy\{service="postgres"\} 0\n/);
    assert.match(await metrics(), /slipway_service_degraded\{service="shop\/web"\} 0\n/);
    assert.match(await metrics(), /slipway_service_response_seconds\{service="shop\/web"\} 0\.25\n/);
    await recordHealth(place, [web], true, now);
    assert.doesNotMatch(await metrics(), /postgres/);
  });

  it("MT-21 forgets all of a project that is removed, and nothing of others", async () => {
    const services = ["postgres", "shop/web", "shop-2/web"];
    const health = services.map((service) => ({ service, isUp: true, isDegraded: false, seconds: 0.25 }));
    const kept = [
      { ...deploy, project: "shop-2" },
      { ...deploy, project: "eshop", operation: "proof" as const },
    ];
    for (const event of kept) await recordEvent(place, event, now);
    await recordReload(place, true);
    await recordHealth(
      place,
      health.filter(({ service }) => service !== "shop/web"),
      true,
      now,
    );
    const before = await metrics();
    await recordEvent(place, deploy, now);
    await recordEvent(place, { ...deploy, operation: "backup" }, now);
    await recordEvent(place, { ...deploy, operation: "proof", result: "failure" }, now);
    await recordHealth(place, health, true, now);
    assert.notEqual(await metrics(), before);
    await forgetProjects(place, ["shop"]);
    assert.equal(await metrics(), before);
  });

  it("MT-21 loses no count where several operations end at once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => recordEvent(place, deploy, now)));
    assert.match(await metrics(), /slipway_deploys_total\{project="shop",result="success"\} 20\n/);
  });

  it("MT-21 follows Prometheus' rules for names", () => {
    for (const { name, type, help } of FAMILIES) {
      assert.match(name, /^slipway_[a-z]+(_[a-z]+)*$/);
      assert.equal(name.endsWith("_total"), type === "counter", name);
      assert.doesNotMatch(name, /_(count|sum|bucket|milliseconds|minutes|ms|gauge|counter|summary)$/);
      assert.match(help, /^[A-Z0-9].*\.$/);
    }
    assert.equal(new Set(FAMILIES.map(({ name }) => name)).size, FAMILIES.length);
  });

  it("MT-21 docs/metrics.md names all of them; those of deploys stand for the other operations", async () => {
    const page = await readFile(resolve(__dirname, "../docs/metrics.md"), "utf8");
    const named = FAMILIES.filter(({ name }) => !/^slipway_(rollback|backup|restore|proof)/.test(name));
    assert.equal(named.length, 9);
    for (const { name } of named) assert(page.includes(`\`${name}`), name);
  });

  it("SC-15 an operation does not fail where its line cannot be kept, and is counted all the same", async () => {
    await mkdir(place.audit, { recursive: true });
    const warned = new Promise<Error>((done) => process.once("warning", done));
    await recordEvent(place, deploy, now);
    assert.match((await warned).message, /audit\.jsonl could not be written: EISDIR/);
    assert.match(await metrics(), /slipway_deploys_total\{project="shop",result="success"\} 1\n/);
  });

  it("MT-21 an operation does not fail where its count cannot be kept", async () => {
    await writeFile(join(root, "file"), "");
    const warned = new Promise<Error>((done) => process.once("warning", done));
    await recordReload({ ...place, metrics: join(root, "file/slipway.prom") }, true);
    assert.match((await warned).message, /slipway\.prom could not be written/);
  });
});
