import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupEntry } from "../backup/backup-entry.fixture";
import { backupLock, backupsFolder, writeIndex } from "../backup/backup-index";
import { cli } from "../cli/cli";
import { describePlatform, describeProject } from "../description";
import { layout } from "../layout";
import { withLock } from "../lock";
import { platform, projectOf } from "../platform.fixture";
import { writeRecord } from "../record";
import { liveRelease } from "../record.fixture";
import { type AgeLimits, checkBackups, hoursOf, NO_LIMITS, SCHEDULED_LIMITS } from "./backups";

const NOW = new Date("2026-01-10T00:00:00Z");
const S3 = { endpoint: "", region: "", bucket: "b", prefix: "", accessKeyId: "", secretAccessKey: "" };

describe("the health of backups", () => {
  let root: string;
  const place = () => layout(root);
  const check = (limits: AgeLimits = SCHEDULED_LIMITS) => checkBackups(place(), limits, NOW);
  const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString();
  const list = (...entries: Parameters<typeof backupEntry>[0][]) =>
    writeIndex(place(), "shop", { backups: entries.map(backupEntry) });
  const deployed = (hours: number) =>
    writeRecord(place(), "shop", {
      serial: 1,
      drainingWorkers: [],
      live: { ...liveRelease("aaaa"), since: hoursAgo(hours) },
    });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-backups-"));
    await describePlatform(place(), platform);
    await describeProject(place(), projectOf("shop"));
    await mkdir(backupsFolder(place(), "shop"), { recursive: true });
    await deployed(1);
  });
  afterEach(() => rm(root, { recursive: true }));

  it("SC-10 a stack that was just deployed is healthy, with a backup or without; so is a project that is not deployed", async () => {
    assert.deepEqual(await check(), { status: "healthy", response_time_ms: null });
    await list({ created_at: hoursAgo(1), verified_at: hoursAgo(1) });
    assert.equal((await check()).status, "healthy");
    await describeProject(place(), projectOf("blog"));
    assert.equal((await check()).status, "healthy");
  });

  it("SC-10 SC-16 a last verified backup beyond its age, or none for as long, is degraded; not without a limit", async () => {
    await list({ created_at: hoursAgo(37), verified_at: hoursAgo(37), restored_at: hoursAgo(37) });
    const { status, reason } = await check();
    assert.deepEqual([status, reason], ["degraded", "shop: last verified backup: 37 h ago, the limit is 36 h"]);
    assert.equal((await check({ ...SCHEDULED_LIMITS, verifiedHours: 40 })).status, "healthy");
    assert.equal((await check(NO_LIMITS)).status, "healthy");

    await list({ created_at: hoursAgo(1), verified: false, status: "failed", verified_at: null });
    assert.equal((await check()).status, "healthy");
    await deployed(40);
    assert.equal((await check()).reason, "shop: last verified backup: never, the limit is 36 h");
  });

  it("SC-10 a restore test that is due since the oldest backup, or since the last one, is degraded", async () => {
    const recent = { backup_id: "backup_20260109_000000", created_at: hoursAgo(24), verified_at: hoursAgo(24) };
    await list({ created_at: hoursAgo(200), verified_at: hoursAgo(200) }, recent);
    assert.equal((await check()).reason, "shop: last restore test: never, the limit is 192 h");
    await list({ created_at: hoursAgo(200), restored_at: hoursAgo(199) }, recent);
    assert.equal((await check()).reason, "shop: last restore test: 8 days ago, the limit is 192 h");
    await list({ created_at: hoursAgo(200) }, { ...recent, restored_at: hoursAgo(23) });
    assert.equal((await check()).status, "healthy");
  });

  it("SC-08 a newest backup without a copy in the object store is degraded, unless one is being made", async () => {
    const copied = { uploaded_at: hoursAgo(2) };
    const newest = { backup_id: "backup_20260109_000000", created_at: hoursAgo(1), verified_at: hoursAgo(1) };
    await list(copied, newest);
    assert.equal((await check(NO_LIMITS)).status, "healthy", "no object store");
    await describePlatform(place(), { ...platform, s3: S3 });
    const { status, reason } = await check(NO_LIMITS);
    assert.deepEqual(
      [status, reason],
      ["degraded", "shop: backup_20260109_000000 is on this host only, not in the object store"],
    );
    await withLock(backupLock(place(), "shop"), "manual backup of shop", 0, async () => {
      assert.equal((await check(NO_LIMITS)).status, "healthy");
    });
    await list({}, { ...newest, ...copied });
    assert.equal((await check(NO_LIMITS)).status, "healthy");
  });

  it("SC-08 one from before a deploy or a restore is copied after the next backup, and degrades nothing until then", async () => {
    await describePlatform(place(), { ...platform, s3: S3 });
    const later = { backup_id: "backup_20260109_000000", created_at: hoursAgo(1), verified_at: hoursAgo(1) };
    for (const backup_type of ["pre_deployment", "safety"] as const) {
      await list({ uploaded_at: hoursAgo(2) }, { ...later, backup_type });
      assert.equal((await check(NO_LIMITS)).status, "healthy", backup_type);
      await list({}, { ...later, backup_type });
      assert.match((await check(NO_LIMITS)).reason ?? "", /backup_20260101_000000 is on this host only/);
    }
  });

  it("SC-10 SC-16 decides the exit code of health-check, and of --nagios, by the limits that are typed", async () => {
    await list({ created_at: hoursAgo(30), verified_at: hoursAgo(30), restored_at: hoursAgo(30) });
    const type = async (...args: string[]) => {
      let stdout = "";
      const print = (text: string) => {
        stdout += text;
      };
      return { code: await cli(place(), ["health-check", "backups", ...args], { print, now: NOW }), stdout };
    };
    const late = await type("--nagios", "--backup-age", "24");
    assert.equal(late.code, 1);
    assert.match(
      late.stdout,
      /^SLIPWAY WARNING - backups is degraded \(shop: last verified backup: 30 h ago, the limit is 24 h\) \|/,
    );
    assert.equal((await type("--nagios", "--backup-age", "31", "--restore-age", "31")).code, 0);
    assert.equal((await type("--json", "--restore-age", "24")).code, 1);
  });

  it("SC-10 hours are a number, 0 for no limit", () => {
    assert.deepEqual(
      [hoursOf("backup-age", "30"), hoursOf("backup-age", "0"), hoursOf("backup-age", "1.5")],
      [30, 0, 1.5],
    );
    for (const text of ["", "a day", "-1", "1e99"])
      assert.throws(() => hoursOf("backup-age", text), /a number of hours/);
  });
});
