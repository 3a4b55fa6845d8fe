import { strict as assert } from "node:assert";
import { backupEntry } from "./backup/backup-entry.fixture";
import { historyText, rollbackText, statusText } from "./cli/deployment-status";
import { type DeploymentStatus, rollbackTargets } from "./deployment-status";
import type { PastDeployment } from "./manifest";
import { liveRelease } from "./record.fixture";

const now = new Date("2026-03-04T06:00:00Z");

function past(version: string, release: string, changes: Partial<PastDeployment> = {}): PastDeployment {
  return {
    ...{
      version,
      release,
      deployed_at: "2026-03-04T05:00:00Z",
      deployed_by: "ann@laptop",
      git_sha: "1a2b3c4d5e6f7890",
    },
    ...{ backup: "backup_20260304_045900", images: { web: `shop@sha256:${release}` }, result: "success" as const },
    ...changes,
  };
}

const { snapshot } = liveRelease("cccccccccc");
const recordedRelease = { version: "1.2.0", images: {}, snapshot };

const status: DeploymentStatus = {
  schemaVersion: 1,
  project: "shop",
  environment: "production",
  current_deployment: { ...past("1.2.0", "cccccccccc"), config: recordedRelease },
  deployment_history: [
    past("1.2.0", "cccccccccc"),
    past("1.1.0", "bbbbbbbbbb", { result: "rolled back", reason: "3 failed checks in a row" }),
    past("1.0.0", "aaaaaaaaaa"),
  ],
  live: {
    version: "1.2.0",
    release: "cccccccccc",
    since: "2026-03-04T05:48:00Z",
    containers: [{ service: "web", name: "shop-web-cccccccccc-1a2b3c4", state: "running" }],
  },
  standby: { version: "1.0.0", release: "aaaaaaaaaa" },
  held: null,
  degraded: null,
  watch: {
    ...{ release: "cccccccccc", state: "running", startedAt: "2026-03-04T05:48:00Z", totalSeconds: 600 },
    ...{ elapsedSeconds: 120.4, checks: 66, failures: 1, consecutive: 0, requests: 900, requestFailures: 0 },
  },
  schema_revision: "0007",
  rollback: {
    releases: [{ version: "1.0.0", release: "aaaaaaaaaa", deployed_at: "2026-03-04T05:00:00Z", from: "standby" }],
    backups: [
      backupEntry({
        backup_id: "backup_20260304_045900",
        created_at: "2026-03-04T04:59:00Z",
        backup_type: "pre_deployment",
        restored_at: "2026-03-04T05:30:00Z",
        schema_revision: "0006",
      }),
    ],
  },
  kept: { databases: [{ name: "shop_20260301", bytes: 8_400_000 }], volumes: [] },
};

describe("deployment status", () => {
  it("MT-16 MT-26 shows what runs, since when, by whom, with which backup and schema, within 80 columns", () => {
    const text = statusText(status, now);
    assert.equal(
      text,
      `shop in production
  live     1.2.0 (release cccccccccc) since 2026-03-04 05:48, 12 min ago
  deployed by ann@laptop, git 1a2b3c4d5e6f
  backup   backup_20260304_045900
  schema   0007
  watch    running: 120 of 600 s, 66 checks, 1 failed
  standby  1.0.0 (release aaaaaaaaaa)
  kept     database shop_20260301, 8 MB

CONTAINER  STATE    NAME
web        running  shop-web-cccccccccc-1a2b3c4
`,
    );
    for (const line of text.split("\n")) assert(line.length <= 80, line);
  });

  it("MT-16 says that traffic is held elsewhere, and that nothing is deployed", () => {
    const held = {
      ...{ from: "cccccccccc", to: "aaaaaaaaaa", reason: "operator" as const },
      ...{ text: "rolled back to 1.0.0 by ann@droplet", at: "2026-03-04T05:50:00Z" },
    };
    assert.match(statusText({ ...status, held }, now), /\n {2}held {5}rolled back to 1\.0\.0 by ann@droplet \(2026-/);
    const nothing = { ...status, current_deployment: null, live: null, standby: null, watch: null };
    assert.match(statusText(nothing, now), /^shop in production\n {2}live {5}nothing is deployed\n/);
  });

  it("MT-15 MT-16 --history lists past deployments, with the reason of an automatic rollback, within 80 columns", () => {
    const text = historyText(status);
    assert.equal(
      text,
      `DEPLOYED (UTC)    VERSION  RELEASE     RESULT       BY
2026-03-04 05:00  1.2.0    cccccccccc  success      ann@laptop
2026-03-04 05:00  1.1.0    bbbbbbbbbb  rolled back  ann@laptop
  3 failed checks in a row
2026-03-04 05:00  1.0.0    aaaaaaaaaa  success      ann@laptop
`,
    );
    for (const line of text.split("\n")) assert(line.length <= 80, line);
  });

  it("MT-16 --rollback lists the versions and the backups one can go back to, within 80 columns", () => {
    const text = rollbackText(status, now);
    assert.equal(
      text,
      `VERSION  RELEASE     DEPLOYED (UTC)
1.0.0    aaaaaaaaaa  2026-03-04 05:00  stands by: a switch

BACKUP                  TYPE            TAKEN    PROVEN    SCHEMA
backup_20260304_045900  pre_deployment  1 h ago  restored  0006
`,
    );
    for (const line of text.split("\n")) assert(line.length <= 80, line);
    const half = backupEntry({ backup_id: "backup_20260304_050500", status: "changing", verified: false });
    const shown = rollbackText({ ...status, rollback: { releases: [], backups: [half] } }, now);
    assert.match(shown, /backup_20260304_050500 .* half changed/);
    const nothing = { ...status, rollback: { releases: [], backups: [] } };
    assert.equal(rollbackText(nothing, now), "shop has no release to go back to\n\nshop has no verified backup\n");
  });

  it("MT-16 one can go back to the standby, and to good releases whose images are all still there", () => {
    const history = [
      past("1.3.0", "dddddddddd"),
      past("1.2.0", "cccccccccc"),
      past("1.1.5", "eeeeeeeeee", { result: "failed" }),
      past("1.1.0", "bbbbbbbbbb"),
      past("1.0.0", "aaaaaaaaaa"),
      past("1.2.0", "cccccccccc"),
    ];
    const present = new Set(["shop@sha256:aaaaaaaaaa", "shop@sha256:dddddddddd", "shop@sha256:eeeeeeeeee"]);
    const targets = rollbackTargets(history, "dddddddddd", "cccccccccc", present);
    assert.deepEqual(
      targets.map(({ release, from }) => [release, from]),
      [
        ["cccccccccc", "standby"],
        ["aaaaaaaaaa", "images"],
      ],
    );
  });
});
