import { strict as assert } from "node:assert";
import { backupUnits } from "./backup-units";

describe("the units of scheduled backups", () => {
  it("SC-16 fault 19 a run that was missed is made up for; what runs is a backup of all projects with its proof", () => {
    const { "slipway-backup.service": service, "slipway-backup.timer": timer } = backupUnits(
      "/opt/slipway/host.js",
      "*-*-* 03:00:00",
    );
    assert.match(String(timer), /\[Timer\]\nOnCalendar=\*-\*-\* 03:00:00\nPersistent=true\n/);
    assert.match(String(timer), /\[Install\]\nWantedBy=timers\.target\n$/);
    assert.match(
      String(service),
      /Type=oneshot\nExecStart=\/usr\/bin\/env node "\/opt\/slipway\/host\.js" cli backup --all scheduled\n/,
    );
  });

  it("a path arrives as it is", () => {
    const { "slipway-backup.service": service } = backupUnits('/srv/a "b" $c 100%/host.js', "daily");
    assert.match(String(service), / node "\/srv\/a \\"b\\" \$\$c 100%%\/host\.js" cli /);
  });
});
