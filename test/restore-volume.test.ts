import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { backupProject } from "../host/backup/backup-project";
import { docker, exec } from "../host/docker";
import { restoreProject } from "../host/restore/restore-project";
import { readSwap, writeSwap } from "../host/restore/swap-journal";
import { BEGIN, FINISH, UNDO } from "../host/restore/swap-scripts";
import { swapVolume } from "../host/restore/swap-volume";
import { DataHost } from "./support/data-host";
import { machineImages } from "./support/machine-images";
import { until } from "./support/until";

const MOMENT = "20300101_120000";
/** A rename that is not made any more: the script is killed in its place. `$LIMIT`: how many are made before. */
const KILLING_MV = [
  "#!/bin/bash",
  "made=$(cat /tmp/made)",
  'if [ "$made" -ge "$LIMIT" ]; then kill -9 $PPID; exit 1; fi',
  "echo $((made + 1)) > /tmp/made",
  'exec /bin/mv "$@"',
].join("\n");
/** Sets (16) or takes (0) the mark of a file by which not even root may rename it. */
const MARK_IMMUTABLE =
  'open(F, "<", $ARGV[1]) or die; my $mark = pack("L", $ARGV[0]); ioctl(F, 0x40086602, $mark) or die $!';
/** What a volume has and what is ready beside it: names of both, of the one, of the other, and an awkward one. */
const OLD = { both: "old", gone: "old", "sub/deep": "old", "a b\nc": "old" };
const NEW = { both: "new", fresh: "new", "sub/deep": "new", "a b\nc": "new" };

describe("the swap of a volume's content", function () {
  this.timeout(120_000);
  let host: DataHost;
  /** A container of the project that has the volume, and takes its time to stop. */
  let user: string;

  before(async function () {
    this.timeout(300_000);
    host = await DataHost.create();
    await host.sql("CREATE TABLE events (id int); INSERT INTO events VALUES (1);");
    await host.describeProject({ backup: { format: "zstd", volumes: ["files"], keep: 7, retentionDays: 7 } });
  });
  after(() => host?.[Symbol.asyncDispose]());

  const fill = (folder: string, files: Record<string, string>) =>
    Object.entries(files)
      .map(
        ([name, text]) =>
          `f=$'${folder}/${name.replaceAll("\n", "\\n")}'; mkdir -p "$(dirname "$f")"; echo ${text} > "$f"`,
      )
      .join("\n");
  /** As `list` of the script below prints it. */
  const listing = (files: Record<string, string>) =>
    Object.entries(files)
      .map(([name, text]) => `./${name.replaceAll("\n", "|")}:${text}|`)
      .sort()
      .join("");
  const backup = () => backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" });
  const isRunning = async () => (await docker().getContainer(user).inspect()).State.Running;

  beforeEach(async () => {
    const { images } = await machineImages();
    const binds = [`${host.volume}:/files`];
    user = (
      await host.sandbox.run(images.postgres, { binds, hardened: false, entrypoint: ["sleep"], command: ["600"] })
    ).id;
  });
  afterEach(() => docker().getContainer(user).remove({ force: true, v: true }));

  /** Runs a script that swaps a volume again and again, and what it said of each time. */
  async function roundsOf(script: string, scripts: Record<string, string>) {
    const { images } = await machineImages();
    const env = { SWAP: `${BEGIN}\n${FINISH}`, ...scripts };
    const { output } = await host.sandbox.finish(images.postgres, ["-c", script], {
      ...{ hardened: false, entrypoint: ["bash"], user: "root", env },
    });
    return { output, rounds: output.split(/^limit /m).slice(1) };
  }

  it("MT-17 killed before any of its renames it is finished by the next run, and never leaves a volume empty", async () => {
    const script = [
      `mkdir -p /shim && cat > /shim/mv <<'END'\n${KILLING_MV}\nEND`,
      "chmod +x /shim/mv",
      "for limit in $(seq 0 30); do",
      "rm -rf /volume && mkdir -p /volume && echo 0 > /tmp/made",
      fill("/volume", OLD),
      fill("/volume/.slipway-restore/content", NEW),
      `LIMIT=$limit PATH=/shim:$PATH bash -c "$SWAP" bash ${MOMENT} > /tmp/said 2>/dev/null`,
      "code=$?",
      'echo "limit $limit code $code said $(cat /tmp/said)"',
      `echo "seen $(find /volume -mindepth 1 -maxdepth 1 ! -name '.slipway-*' -printf x | wc -c)"`,
      'echo "in all $(find /volume -type f ! -name replaced ! -name incoming -printf x | wc -c)"',
      `bash -c "$FINISH" bash ${MOMENT} > /tmp/said || echo "finishing failed"`,
      'echo "then $(cat /tmp/said)"',
      'list() { find "$@" -type f -print0 | sort -z | xargs -0r grep -H . | tr "\\n" "|"; }',
      'echo "volume $(cd /volume && list . -path "./.slipway-*" -prune -o)"',
      `echo "kept $(cd /volume/.slipway-before-${MOMENT} 2>/dev/null && list .)"`,
      "[ $code = 0 ] && break",
      "done",
    ].join("\n");
    const { output, rounds } = await roundsOf(script, { FINISH });
    assert.ok(rounds.length > 8, output);
    for (const [limit, round] of rounds.entries()) {
      const isLast = limit === rounds.length - 1;
      const told = (key: string) => new RegExp(`^${key} (.*)$`, "m").exec(round)?.[1] ?? "";
      assert.match(round, isLast ? /^\d+ code 0 said swapped/ : /^\d+ code 137 said $/m, output);
      assert.ok(Number(told("seen")) >= 3, `too few names are to be seen after rename ${limit}:\n${round}`);
      assert.equal(Number(told("in all")), 8, `a file is lost after rename ${limit}:\n${round}`);
      assert.equal(told("volume"), listing(limit === 0 ? OLD : NEW), round);
      assert.equal(told("kept"), limit === 0 ? "" : listing(OLD), round);
    }
  });

  it("MT-17 cut off before any of its renames it can be taken back, which can be cut off before any of its own", async () => {
    const script = [
      `mkdir -p /shim && cat > /shim/mv <<'END'\n${KILLING_MV}\nEND`,
      "chmod +x /shim/mv",
      'killed() { echo 0 > /tmp/made; LIMIT=$1 PATH=/shim:$PATH bash -c "$2" bash ' +
        `${MOMENT} > /tmp/said 2>/dev/null; }`,
      'list() { find "$@" -type f -print0 | sort -z | xargs -0r grep -H . | tr "\\n" "|"; }',
      "for limit in $(seq 0 30); do for undone in 0 $(seq 2 7) 30; do",
      "rm -rf /volume && mkdir -p /volume && chmod 711 /volume && chown 7:8 /volume",
      fill("/volume", OLD),
      fill("/volume/.slipway-restore/content", NEW),
      'killed $limit "$SWAP"',
      "code=$?",
      'killed $undone "$UNDO" || true',
      'killed 99 "$UNDO" || echo "taking it back failed"',
      'echo "limit $limit code $code undone $undone said $(cat /tmp/said)"',
      'echo "volume $(cd /volume && list . -path "./.slipway-restore" -prune -o) $(stat -c "%a %u:%g" /volume)"',
      "done; [ $code = 0 ] && break; done",
    ].join("\n");
    const { output, rounds } = await roundsOf(script, { UNDO });
    assert.ok(rounds.length > 60, output);
    for (const round of rounds) {
      const isDone = /^\d+ code 0 /.test(round);
      assert.match(round, isDone ? / said swapped$/m : /^\d+ code 137 undone \d+ said $/m, round);
      if (!isDone) assert.match(round, /^volume .* 711 7:8$/m, round);
      const kept = listing(OLD).replaceAll("./", `./.slipway-before-${MOMENT}/`);
      assert.ok(round.includes(`volume ${isDone ? `${kept}${listing(NEW)}` : listing(OLD)} `), round);
    }
  });

  it("MT-17 fault 5: cut off in the middle, the next backup finishes it, and starts what had the volume", async () => {
    await host.inVolume(`${fill("/volume", OLD)}\n${fill("/volume/.slipway-restore/content", NEW)}\nchmod 755 .`);
    await host.inVolume(`set -- ${MOMENT}; ${BEGIN}`);
    // The first of its renames.
    await host.inVolume(
      `mv .slipway-swap-${MOMENT}/kept .slipway-before-${MOMENT}; mv both .slipway-before-${MOMENT}/`,
    );
    await docker().getContainer(user).kill();
    await writeSwap(host.layout, "shop", { volume: host.volume, moment: MOMENT, containers: [user] });

    const { backup_id } = await backup();
    assert.match(host.kept.text, /WARN: shop: a killed restore has left volume \S+ half swapped; finishing that/);
    assert.equal(await isRunning(), true);
    assert.equal(await readSwap(host.layout, "shop"), undefined);
    assert.equal(await host.inVolume(`cat both fresh sub/deep; ls -d gone 2>/dev/null`), "new\nnew\nnew");
    assert.equal(
      await host.inVolume(`cat .slipway-before-${MOMENT}/*/deep .slipway-before-${MOMENT}/gone`),
      "old\nold",
    );

    // What was backed up is the whole of it.
    await host.inVolume("echo later > both");
    await restoreProject(host.layout, host.log, { project: "shop", backup: backup_id, parts: ["volumes"], by: "ann" });
    assert.equal(await host.inVolume("cat both fresh sub/deep"), "new\nnew\nnew");
    assert.equal(await isRunning(), true);
  });

  it("MT-17 fault 5: killed while containers are stopped for it, all is as before, and the next one works", async () => {
    await host.inVolume("rm -rf ./* .slipway-*; echo first > both");
    const { backup_id } = await backup();
    await host.inVolume("echo second > both");
    const program = join(host.folder, "opt/slipway/host.js");
    const restore = ["cli", "restore", "shop", backup_id, "--only", "volumes", "--yes"];
    const child = spawn(process.execPath, [program, ...restore], { stdio: "ignore" });
    const ended = new Promise((done) => child.once("close", done));
    await until("the swap to begin", () => existsSync(join(host.layout.project("shop"), "volume-swap.json")));
    child.kill("SIGKILL");
    await ended;

    await backup();
    assert.match(host.kept.text, /volume \S+ is as it was before/);
    assert.equal(await host.inVolume("cat both; ls -A | grep -c before"), "second\n0");
    assert.equal(await isRunning(), true);
    await restoreProject(host.layout, host.log, { project: "shop", backup: backup_id, parts: ["volumes"], by: "ann" });
    assert.equal(await host.inVolume("cat both"), "first");
    assert.equal(await isRunning(), true);
  });

  it("MT-17 a swap that cannot be finished is taken back, and what has the volume runs again", async () => {
    await host.inVolume("rm -rf ./* .slipway-*; chmod 750 .; echo first > both; echo first > added");
    const { backup_id } = await backup();
    await host.inVolume("rm added; echo second > both; echo second > stuck");
    await mark(16, "stuck");
    const wish = { project: "shop", backup: backup_id, parts: ["volumes" as const], by: "ann" };
    try {
      await assert.rejects(
        restoreProject(host.layout, host.log, wish),
        /swapping the content of volume \S+ ended with 1: mv: .*stuck.*Operation not permitted; the volume is as it was before, and its containers run again/,
      );
      assert.equal(await host.inVolume("cat both stuck; ls -A; stat -c %a ."), "second\nsecond\nboth\nstuck\n750");
    } finally {
      await mark(0, "stuck");
    }
    assert.equal(await isRunning(), true);
    assert.equal(await readSwap(host.layout, "shop"), undefined);
    await restoreProject(host.layout, host.log, wish);
    assert.equal(await host.inVolume("cat both added"), "first\nfirst");
  });

  it("MT-17 one that can neither be finished nor taken back says so, and how to go on; the next backup does", async () => {
    await host.inVolume(
      `rm -rf ./* .slipway-*\n${fill("/volume", OLD)}\n${fill("/volume/.slipway-restore/content", NEW)}`,
    );
    const place = { stack: host.sandbox.name, project: "shop", image: `sha256:${"0".repeat(64)}` };
    await assert.rejects(
      swapVolume(host.layout, host.log, place, host.volume, 30),
      /No such image.*; it could not be taken back either, .* are stopped; .*: slipway backup shop$/,
    );
    assert.equal(await isRunning(), false);
    await backup();
    assert.equal(await isRunning(), true);
    assert.equal(await host.inVolume("cat both"), "old");
  });

  it("MT-17 a swap into an empty volume that was killed after its end counts as done", async () => {
    await host.inVolume(`rm -rf ./* .slipway-*\n${fill("/volume/.slipway-restore/content", NEW)}`);
    await host.inVolume(`set -- ${MOMENT}\n${BEGIN}\n${FINISH}`);
    await writeSwap(host.layout, "shop", { volume: host.volume, moment: MOMENT, containers: [user] });
    host.kept.lines.length = 0;
    await backup();
    assert.match(host.kept.text, new RegExp(`is as in the backup; what it had is in it as .slipway-before-${MOMENT}`));
    assert.equal(await host.inVolume(`cat both; ls -A .slipway-before-${MOMENT}`), "new");
  });

  it("MT-17 brings back access lists, users' attributes and holes, and takes no more room than was taken", async () => {
    const acl = ["user::rw-", "user:33:r--", "group::r--", "mask::r--", "other::---"].join("\n");
    const note = `SCHILY.xattr.user.note:=of a user,SCHILY.acl.access:=${acl}`;
    await host.inVolume(
      [
        "rm -rf ./* .slipway-*",
        "truncate -s 200M holes && printf middle | dd of=holes bs=1 seek=100M conv=notrunc status=none",
        // The image has no other program that sets these.
        `echo text > noted && tar --create --pax-option='${note}' noted | tar --extract --acls --xattrs`,
      ].join("\n"),
    );
    const { backup_id, files } = await backup();
    assert.ok((files.find(({ volume }) => volume === "files")?.unpackedBytes ?? 0) < 1e6);
    await host.inVolume("rm holes noted");
    const wish = { project: "shop", backup: backup_id, parts: ["volumes" as const], by: "ann" };
    await restoreProject(host.layout, host.log, wish);
    const told = await host.inVolume(
      [
        "stat -c %s holes; tail -c +$((100 * 1024 * 1024 + 1)) holes | head -c 6; echo",
        '[ "$(stat -c %b holes)" -lt 2000 ] && echo holes are holes; cat noted',
        "tar --create --acls --xattrs --numeric-owner noted | grep -aoE '(xattr.user.note=.*|user:33:r--)'",
      ].join("\n"),
    );
    assert.equal(told, `${200 * 1024 * 1024}\nmiddle\nholes are holes\ntext\nuser:33:r--\nxattr.user.note=of a user`);
  });

  it("MT-17 SC-09 fault 7 a restore of files that have no room beside those that are there changes nothing", async () => {
    const { images } = await machineImages();
    const name = `${host.sandbox.name}-small`;
    await docker().createVolume({
      Name: name,
      Labels: { "slipway.stack": host.sandbox.name },
      DriverOpts: { type: "tmpfs", device: "tmpfs", o: "size=64m" },
    });
    // Of memory: it is there for as long as somebody has it.
    const keeper = await host.sandbox.run(images.postgres, {
      ...{ binds: [`${name}:/small`], hardened: false, entrypoint: ["sleep"], command: ["600"] },
    });
    const inSmall = async (command: string) => (await exec(keeper.id, ["bash", "-c", command])).stdout.trim();
    try {
      await host.describeProject({
        volumes: { small: name },
        backup: { format: "zstd", volumes: ["small"], keep: 7, retentionDays: 7 },
      });
      await inSmall("head -c 40M /dev/zero > /small/file");
      const { backup_id, files } = await backup();
      assert.ok((files.find(({ volume }) => volume === "small")?.unpackedBytes ?? 0) > 40e6);
      const wish = { project: "shop", backup: backup_id, parts: ["volumes" as const], by: "ann" };
      await assert.rejects(
        restoreProject(host.layout, host.log, { ...wish, dryRun: true }),
        /no room for volume small of backup_\S+ beside what it has: it takes 42 MB, and 25 MB of 67 MB are free on its disk/,
      );
      await assert.rejects(restoreProject(host.layout, host.log, wish), /no room for volume small/);
      assert.equal(await inSmall("ls -A /small; stat -c %s /small/file"), `file\n${40 * 1024 * 1024}`);
      await inSmall("truncate -s 1M /small/file");
      await restoreProject(host.layout, host.log, { ...wish, dryRun: true });
    } finally {
      await docker().getContainer(keeper.id).remove({ force: true, v: true });
      await docker().getVolume(name).remove({ force: true });
    }
  });

  /** `inVolume` runs without the capability that the mark asks for. */
  async function mark(bits: number, file: string): Promise<void> {
    const { images } = await machineImages();
    const container = await docker().createContainer({
      Image: images.postgres,
      Entrypoint: ["perl"],
      Cmd: ["-e", MARK_IMMUTABLE, String(bits), `/volume/${file}`],
      User: "root",
      Labels: { "slipway.stack": host.sandbox.name },
      HostConfig: { Binds: [`${host.volume}:/volume`], CapAdd: ["LINUX_IMMUTABLE"] },
    });
    await container.start();
    assert.equal((await container.wait()).StatusCode, 0);
    await container.remove({ v: true });
  }
});
