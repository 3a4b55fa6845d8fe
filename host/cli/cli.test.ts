import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lossMinutes } from "../backup/backup-choice";
import { backupEntry } from "../backup/backup-entry.fixture";
import type { BackupEntry } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { describePlatform, describeProject } from "../description";
import type { Finding } from "../finding";
import { type Layout, layout } from "../layout";
import { platform, projectOf } from "../platform.fixture";
import { writeRecord } from "../record";
import { liveRelease } from "../record.fixture";
import { cli, type Surroundings } from "./cli";
import type { Operations } from "./operations";

const ENTRY = backupEntry({
  backup_id: "backup_20260304_050000",
  stack: platform.stack,
  created_at: "2026-03-04T05:00:00Z",
  file_path: "/var/lib/slipway/backups/shop/backup_20260304_050000.dump.zst",
});
const COMMANDS = ["backup", "restore", "rollback", "downgrade", "health-check", "deployment-status", "runs"];

describe("the host's commands", () => {
  let root: string;
  let place: Layout;
  /** What was asked of the operations, in order. */
  let asked: unknown[];
  let findings: Finding[];
  let failure: Error | undefined;
  const own: Record<string, string | undefined> = {};

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-cli-"));
    place = layout(root);
    asked = [];
    findings = [];
    failure = undefined;
    own.ROLLBACK_CONFIRM = process.env.ROLLBACK_CONFIRM;
    delete process.env.ROLLBACK_CONFIRM;
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    await list(ENTRY);
  });
  afterEach(async () => {
    if (own.ROLLBACK_CONFIRM !== undefined) process.env.ROLLBACK_CONFIRM = own.ROLLBACK_CONFIRM;
    else delete process.env.ROLLBACK_CONFIRM;
    await rm(root, { recursive: true });
  });

  const operations: Operations = {
    backupProject: async (_layout, log, { project, type }) => {
      const entry = await done({ backup: project, type }, ENTRY);
      log.info(`Backup complete: ${entry.file_path}`);
      return entry;
    },
    restoreProject: async (_layout, _log, { by: _, ...wanted }, verify) => {
      await done({ restore: wanted }, undefined);
      await verify?.();
    },
    rollbackOnHost: (_layout, _log, { by: _, ...wanted }) => done({ rollback: wanted }, { version: "1.0.0" }),
    verifyRelease: async () => findings,
  };

  async function done<T>(what: unknown, result: T): Promise<T> {
    asked.push(what);
    if (failure) throw failure;
    return result;
  }

  interface Outcome {
    code: number;
    stdout: string;
    stderr: string;
    /** Questions that were put. */
    questions: string[];
  }

  /** What there is of project shop. */
  async function list(...backups: BackupEntry[]): Promise<void> {
    await mkdir(join(place.backups, "shop"), { recursive: true });
    await writeFile(join(place.backups, "shop/backup_index.json"), JSON.stringify({ backups }));
  }

  /** As typed, with an answer where there is a terminal: or a yes, after something happened meanwhile. */
  async function type(line: string, answer?: string | (() => Promise<void>)): Promise<Outcome> {
    const outcome: Outcome = { code: -1, stdout: "", stderr: "", questions: [] };
    const original = { stdout: process.stdout.write, stderr: process.stderr.write };
    for (const channel of ["stdout", "stderr"] as const) {
      process[channel].write = ((text: string) => {
        outcome[channel] += text;
        return true;
      }) as typeof process.stdout.write;
    }
    const surroundings: Surroundings = {
      operations,
      now: new Date("2026-03-04T05:12:00Z"),
      terminal: {
        isInteractive: answer !== undefined,
        ask: async (question) => {
          outcome.questions.push(question);
          if (typeof answer === "function") await answer();
          return typeof answer === "function" ? "yes" : (answer ?? "");
        },
      },
    };
    try {
      outcome.code = await cli(place, line.split(" "), surroundings);
    } finally {
      process.stdout.write = original.stdout;
      process.stderr.write = original.stderr;
    }
    return outcome;
  }

  const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

  it("SC-01 each prints usage with --help, examples first, within a screen, and exits 0", async () => {
    for (const command of COMMANDS) {
      const { code, stdout, stderr } = await type(`${command} shop --help`);
      assert.deepEqual([code, stderr], [0, ""], command);
      assert.match(stdout, /^Examples:\n/, command);
      assert.match(stdout, /\nexit codes: 0 /, command);
      const lines = stdout.split("\n");
      assert(lines.length <= 25, `${command}: ${lines.length} lines`);
      for (const text of lines) assert(text.length <= 120, text);
    }
    assert.deepEqual(asked, []);
  });

  it("SC-01 unknown options exit 1 with usage and a guess, and nothing is done", async () => {
    for (const command of COMMANDS) {
      const { code, stdout, stderr } = await type(`${command} --hepl`);
      assert.deepEqual([code, stdout], [1, ""], command);
      assert.match(stderr, /ERROR: unknown option --hepl; did you mean --help\?\n\nExamples:\n/, command);
    }
    assert.deepEqual(asked, []);
  });

  it("SC-01 too many arguments, an option without its value and an unknown short option exit 1 with usage", async () => {
    for (const line of ["backup shop manual third", "restore shop latest --only", "rollback shop -x"]) {
      const { code, stderr } = await type(line);
      assert.equal(code, 1, line);
      assert.match(stderr, /ERROR: .+\n\nExamples:/, line);
    }
    assert.deepEqual(asked, []);
  });

  it("an unknown command exits 1 and names the known ones", async () => {
    const { code, stderr } = await type("bakcup");
    assert.equal(code, 1);
    assert.match(stderr, /unknown command bakcup; did you mean backup\?\nusage: .*health-check/);
  });

  it("SC-02 logs in the contract's format, to the log file too", async () => {
    const { stdout } = await type("backup shop");
    const time = /\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/.source;
    assert.match(stdout, new RegExp(`^${time} INFO: Run (\\S+) \\(runs show \\1\\)\n${time} INFO: Backup complete: `));
    assert.equal(await readFile(place.log, "utf8"), stdout);
  });

  it("SC-02 PROJECT may be left out where the host has only one, and not where it has several", async () => {
    assert.equal((await type("backup")).code, 0);
    assert.equal((await type("backup scheduled")).code, 0);
    assert.deepEqual(asked, [
      { backup: "shop", type: "manual" },
      { backup: "shop", type: "scheduled" },
    ]);
    await describeProject(place, projectOf("blog"));
    for (const line of ["backup", "backup scheduled", "restore latest --yes", "rollback --yes"]) {
      const { code, stderr } = await type(line);
      assert.equal(code, 1, line);
      assert.match(stderr, /this host has several projects, so name one; known: blog, shop/, line);
    }
    assert.equal(asked.length, 2);
  });

  it("SC-02 an unknown project exits 1 and names the known ones with a guess", async () => {
    for (const line of ["backup shpo", "restore shpo latest", "rollback shpo 1.0.0", "deployment-status shpo"]) {
      const { code, stderr } = await type(line);
      assert.equal(code, 1, line);
      assert.match(stderr, /there is no project "shpo" on this host; did you mean "shop"\? known: shop\n/, line);
    }
  });

  it("SC-02 --stack refuses a host of another stack", async () => {
    const { code, stderr } = await type("backup shop --stack production");
    assert.equal(code, 1);
    assert.match(stderr, /this host runs stack "staging", not "production"/);
    assert.equal((await type("backup shop --stack staging")).code, 0);
    assert.equal(asked.length, 1);
  });

  it("SC-05 SC-17 the last line of a backup names the file; its failures keep their exit codes", async () => {
    const { code, stdout } = await type("backup shop pre_deployment");
    assert.equal(code, 0);
    assert.match(lastLine(stdout) as string, /INFO: Backup complete: \/var\/.*\.dump\.zst$/);
    for (const exitCode of [1, 2, 3]) {
      failure = new ContractError("no room", exitCode);
      assert.equal((await type("backup shop")).code, exitCode);
    }
  });

  it("SC-05 SC-08 a backup without its copy in the object store exits 2, whole as it is, and is the failure of a run", async () => {
    const s3 = { endpoint: "", region: "", bucket: "copies", prefix: "", accessKeyId: "", secretAccessKey: "" };
    await describePlatform(place, { ...platform, s3 });
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: liveRelease("aaaa") });
    const said =
      /ERROR: shop: backup backup_20260304_050000 is whole, and on this host only: its copy in copies could not/;
    for (const line of ["backup shop", "backup --all"]) {
      const { code, stderr } = await type(line);
      assert.equal(code, 2, line);
      assert.match(stderr, said);
    }
    ENTRY.uploaded_at = "2026-03-04T05:00:09Z";
    assert.equal((await type("backup shop")).code, 0);
    ENTRY.uploaded_at = null;
  });

  it("SC-05 an unknown type of backup exits 1 with the allowed ones", async () => {
    const { code, stderr } = await type("backup shop daily");
    assert.equal(code, 1);
    assert.match(stderr, /unknown type daily; allowed: scheduled, pre_deployment, manual/);
  });

  it("SC-05 fault 19 --all backs up every project that is deployed; one that fails keeps none from its backup", async () => {
    await describeProject(place, projectOf("blog"));
    await describeProject(place, projectOf("wiki"));
    for (const name of ["blog", "shop"])
      await writeRecord(place, name, { serial: 1, drainingWorkers: [], live: liveRelease("aaaa") });
    const { code, stdout } = await type("backup --all manual --json");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, backups: [ENTRY, ENTRY] });
    failure = new ContractError("no room", 3);
    const failed = await type("backup --all");
    assert.equal(failed.code, 3);
    assert.match(
      failed.stderr,
      /ERROR: no room\n.*ERROR: no room\n.*ERROR: manual backups failed: blog, shop; 0 succeeded\nsee: docs\/backup-and-restore\.md\n$/,
    );
    assert.deepEqual(
      asked,
      [...["blog", "shop"], ...["blog", "shop"]].map((name) => ({ backup: name, type: "manual" })),
    );
    assert.match((await type("backup --all shop")).stderr, /unknown type shop; allowed: .*\n\nExamples:/);
  });

  it("backup --json prints the entry alone on stdout", async () => {
    const { stdout, stderr } = await type("backup shop --json");
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, ...ENTRY });
    assert.match(stderr, /INFO: Backup complete/);
  });

  it("SC-05 with --json a failure is told in JSON on stderr, by a code for each exit code, and no usage is shown", async () => {
    const told = async (line: string) => {
      const { code, stdout, stderr } = await type(`${line} --json`);
      assert.equal(stdout, "", line);
      return [code, JSON.parse(lastLine(stderr) as string).error];
    };
    const error = (code: string, message: string) => ({
      ...{ code, severity: "error", message },
      ...{ docs: "docs/backup-and-restore.md", schemaVersion: 1 },
    });
    for (const [exitCode, code] of [
      [1, "failed"],
      [2, "not_verified"],
      [3, "no_space"],
    ] as const) {
      failure = new ContractError("no room", exitCode);
      assert.deepEqual(await told("backup shop"), [exitCode, error(`slipway.backup.${code}`, "no room")]);
    }
    const [exitCode, usage] = await told("backup --al");
    assert.deepEqual([exitCode, usage.code, usage.suggestions], [1, "slipway.usage", ["--all"]]);
    assert.deepEqual((await told("rollback shop --yes"))[1], {
      ...error("slipway.rollback.restore_failed", "no room"),
      docs: "docs/deploying.md",
    });
  });

  it("--color is one of Pulumi's choices, in every command", async () => {
    assert.equal((await type("backup shop --color never")).code, 0);
    const { code, stderr } = await type("backup shop --color=blue");
    assert.equal(code, 1);
    assert.match(stderr, /ERROR: --color blue; allowed: always, never, raw, auto\n\nExamples:/);
  });

  it("SC-09 restore asks before it replaces data, saying what would be lost", async () => {
    const refused = await type("restore shop latest", "no");
    assert.equal(refused.code, 1);
    assert.deepEqual(refused.questions, [
      "Replace database, volumes, images, configuration of shop by backup_20260304_050000, taken 12 min ago: " +
        "what was written since is lost? [yes/no]: ",
    ]);
    assert.match(refused.stderr, /not confirmed, so nothing was changed/);
    assert.deepEqual(asked, []);
    const { code, stdout } = await type("restore shop latest", "yes");
    assert.equal(code, 0);
    assert.match(lastLine(stdout) as string, /INFO: Restore successful$/);
    assert.deepEqual(asked, [
      {
        restore: {
          project: "shop",
          backup: ENTRY.backup_id,
          parts: ["database", "volumes", "images", "configuration"],
        },
      },
    ]);
  });

  it("SC-09 the latest backup is the one that was asked about, though a newer one is done meanwhile", async () => {
    const { code, stdout } = await type("restore shop latest --only database --json", () =>
      list(ENTRY, { ...ENTRY, backup_id: "backup_20260304_051100" }),
    );
    assert.deepEqual([code, JSON.parse(stdout).backup], [0, ENTRY.backup_id]);
    assert.deepEqual(asked, [
      { restore: { project: "shop", backup: ENTRY.backup_id, parts: ["database"], allParts: true } },
    ]);
  });

  it("SC-09 without a verified backup there is no latest one: exit code 2, before anything is asked", async () => {
    await list({ ...ENTRY, verified: false });
    const { code, stderr, questions } = await type("restore shop latest", "yes");
    assert.deepEqual([code, questions, asked], [2, [], []]);
    assert.match(stderr, /shop: there is no backup "latest"/);
  });

  it("SC-09 restore --dry-run asks nobody, changes nothing, and says what would be done", async () => {
    const wanted = { project: "shop", backup: ENTRY.backup_id, parts: ["database"], allParts: true, dryRun: true };
    const { code, stdout, questions } = await type("restore shop latest --only database --dry-run", "no");
    assert.deepEqual([code, questions, asked], [0, [], [{ restore: wanted }]]);
    assert.match(stdout, /INFO: nothing was changed, as --dry-run asks\n$/);
    assert.doesNotMatch(stdout, /Restore successful/);
    const json = JSON.parse((await type("restore shop latest --dry-run --json")).stdout);
    assert.deepEqual([json.result, json.backup], ["planned", ENTRY.backup_id]);
    failure = new ContractError("it is damaged", 2);
    assert.equal((await type("restore shop latest --dry-run")).code, 2);
  });

  it("SC-09 --at chooses the newest verified backup that is not after a time, and says when there is none", async () => {
    const backups = [
      ENTRY,
      { ...ENTRY, backup_id: "backup_20260304_060000", created_at: "2026-03-04T06:00:00Z" },
      { ...ENTRY, backup_id: "backup_20260304_070000", created_at: "2026-03-04T07:00:00Z", verified: false },
    ];
    await list(...backups);
    const at = (time: string) => type(`restore shop --only database --yes --at=${time}`);
    for (const [time, id] of [
      ["2026-03-04T05:00Z", "backup_20260304_050000"],
      ["2026-03-04T06:59+01:00", "backup_20260304_050000"],
      ["2026-03-05", "backup_20260304_060000"],
    ]) {
      assert.equal((await at(time as string)).code, 0);
      assert.deepEqual(asked.pop(), { restore: { project: "shop", backup: id, parts: ["database"], allParts: true } });
    }
    const { code, stderr } = await at("2026-03-04T04:59Z");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /shop: there is no backup from before 2026-03-04 04:59:00 UTC\nhint: the oldest is backup_20260304_050000, of 2026-03-04 05:00:00 UTC\n/,
    );
    const wrong = await at("tomorrow");
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /--at tomorrow: a time such as "2026-11-20 14:00Z"\n\nExamples:/);
    assert.match(
      (await type("restore shop latest --at 2026-03-04")).stderr,
      /latest, and --at: one of them says which/,
    );
    assert.deepEqual(asked, []);
  });

  it("SC-09 RB-06 without a terminal and without a yes nothing is replaced; --yes and ROLLBACK_CONFIRM=yes say it", async () => {
    for (const line of ["restore shop latest", "rollback shop"]) {
      const { code, stderr } = await type(line);
      assert.equal(code, 1, line);
      assert.match(stderr, /there is no terminal to ask on, so nothing was changed; --yes goes ahead/, line);
      assert.deepEqual(asked, []);
    }
    assert.equal((await type("restore shop latest --yes")).code, 0);
    process.env.ROLLBACK_CONFIRM = "yes";
    assert.equal((await type("rollback shop")).code, 0);
    assert.equal(asked.length, 2);
  });

  it("SC-09 restore keeps its exit codes, and fails where the project is not sound afterwards", async () => {
    for (const exitCode of [1, 2, 3]) {
      failure = new ContractError("damaged", exitCode);
      assert.equal((await type("restore shop latest --yes")).code, exitCode);
    }
    failure = undefined;
    findings = [{ check: "key table orders", severity: "error", text: "it is not there" }];
    const { code, stdout, stderr } = await type("restore shop latest --yes");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /ERROR: shop: the data is restored, and its release is not well with it: key table orders: it is/,
    );
    assert.doesNotMatch(stdout, /successful/);
    findings = [{ check: "log of web", severity: "warning", text: "an error" }];
    assert.equal((await type("restore shop latest --yes")).code, 0);
  });

  it("SC-09 restore blames no data where it restored none, and the release is not sound", async () => {
    findings = [{ check: "health shop/web", severity: "error", text: "it does not answer" }];
    const said = async (parts: string) => {
      const { code, stderr } = await type(`restore shop latest --only ${parts} --yes`);
      assert.equal(code, 1);
      return /ERROR: (.*)/.exec(stderr)?.[1];
    };
    const unwell = "health shop/web: it does not answer";
    for (const [parts, restored] of [
      ["images", "images"],
      ["images,configuration", "images, configuration"],
    ] as const) {
      const text = `shop: restored: ${restored}; the release that serves is not well: ${unwell}`;
      assert.equal(await said(parts), text);
    }
    const withData = `shop: the data is restored, and its release is not well with it: ${unwell}`;
    assert.deepEqual([await said("volumes,images"), await said("database")], [withData, withData]);
  });

  it("MT-17 restores only the parts that are named", async () => {
    await type("restore shop latest --only database,volumes --yes");
    assert.deepEqual(asked, [
      { restore: { project: "shop", backup: ENTRY.backup_id, parts: ["database", "volumes"], allParts: true } },
    ]);
    const { code, stderr } = await type("restore shop latest --only databse --yes");
    assert.equal(code, 1);
    assert.match(stderr, /--only: unknown part "databse"; did you mean database\? allowed: database, volumes/);
    assert.match((await type("restore")).stderr, /which backup\? a path, an id, latest, or --at TIME/);
  });

  describe("RB-06 rollback says what it will do and asks", () => {
    const migrations = { container: "web", upgrade: ["up"], current: ["now"], transactional: true, timeoutSeconds: 1 };
    const entry = (id: string, hour: number, release: string) => ({
      ...{ ...ENTRY, backup_id: id, created_at: `2026-03-04T0${hour}:00:00Z` },
      ...{ release, database: { format: "zstd" as const, rows: {}, snapshot: "" } },
    });
    const minutes = (hour: number) => lossMinutes(entry("", hour, ""), new Date());
    const question = async (line: string) => (await type(line, "no")).questions;

    beforeEach(async () => {
      await describeProject(place, { ...projectOf("shop"), database: "shop", migrations });
      const live = liveRelease("bbbb", { version: "1.1.0", since: "2026-03-04T05:02:00Z" });
      const schema = { revision: "r1", heads: {} };
      await writeRecord(place, "shop", { serial: 2, drainingWorkers: [], live, standby: liveRelease("aaaa"), schema });
      await mkdir(join(place.backups, "shop"), { recursive: true });
      await writeFile(join(place.backups, "shop/backup_index.json"), JSON.stringify({ backups: [] }));
    });

    it("RB-06 that the database is kept, where it is", async () => {
      assert.deepEqual(await question("rollback shop"), [
        "Roll shop back from 1.1.0 (live since 10 min ago) to 1.0.0; database: kept: which schema revision " +
          "that release was made for is not known here? [yes/no]: ",
      ]);
      assert.deepEqual(asked, []);
      await type("rollback shop", "yes");
      assert.deepEqual(asked, [{ rollback: { project: "shop", database: "keep" } }]);
    });

    it("RB-06 OV-09 the very backup that is restored, and the minutes of writes that are lost with it", async () => {
      const backups = [entry("backup_20260304_040000", 4, "aaaa"), entry("backup_20260304_050000", 5, "bbbb")];
      await writeFile(join(place.backups, "shop/backup_index.json"), JSON.stringify({ backups }));
      const [text = ""] = await question("rollback shop --database restore");
      const [, loss] =
        /; database: restored from backup_20260304_040000: the writes of the last (\d+) minutes are lost\?/.exec(
          text,
        ) ?? [text];
      assert.ok(Math.abs(Number(loss) - minutes(4)) <= 1, text);
      await type("rollback shop --database restore", "yes");
      const backup = "backup_20260304_040000";
      assert.deepEqual(asked, [{ rollback: { project: "shop", database: "restore", backup } }]);
    });

    it("RB-06 without a usable backup containers only, which is what a yes then does", async () => {
      assert.match(
        (await question("rollback shop --database restore"))[0] as string,
        /; database: there is no verified backup .+, so containers only\? /,
      );
      await type("rollback shop --database restore", "yes");
      assert.deepEqual(asked, [{ rollback: { project: "shop", database: "keep" } }]);
    });

    it("SC-04 nothing, of a version that is no standby: exit code 2", async () => {
      const { code, questions } = await type("rollback shop 9.9.9", "yes");
      assert.deepEqual([code, questions, asked], [2, [], []]);
    });
  });

  it("SC-04 rollback goes to the release before or a version, keeps its exit codes and says so word for word", async () => {
    const { code, stdout } = await type("rollback shop 1.0.0 --database keep --yes");
    assert.equal(code, 0);
    assert.match(lastLine(stdout) as string, /INFO: Rollback successful: 1\.0\.0$/);
    await type("rollback 1.0.0 --yes");
    await type("rollback --yes");
    assert.deepEqual(asked, [
      { rollback: { project: "shop", version: "1.0.0", database: "keep" } },
      { rollback: { project: "shop", version: "1.0.0" } },
      { rollback: { project: "shop" } },
    ]);
    for (const exitCode of [1, 2, 3]) {
      failure = new ContractError("no such version", exitCode);
      assert.equal((await type("rollback shop 9.9.9 --yes")).code, exitCode);
    }
    assert.match(
      (await type("rollback shop --database maybe")).stderr,
      /--database maybe; allowed: auto, keep, restore/,
    );
  });

  it("MT-26 a downgrade is refused, before any backup, where the project declares no command for it", async () => {
    const live = liveRelease("aaaa");
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live });
    const { code, stderr } = await type("downgrade shop --yes");
    assert.equal(code, 1);
    assert.match(stderr, /shop cannot be downgraded: release aaaa declares no migrations\.downgrade/);
    assert.deepEqual(asked, []);
  });

  it("a host that nothing was deployed to says so", async () => {
    await rm(place.state, { recursive: true });
    for (const command of ["backup", "health-check", "deployment-status"]) {
      const { code, stderr } = await type(command);
      assert.equal(code, 1, command);
      assert.match(stderr, /nothing was deployed to this host yet/, command);
    }
  });
});
