import assert from "node:assert/strict";
import { liveRelease } from "./record.fixture";
import { refuseData } from "./refuse-data";

describe("data that is asked for with a release that serves already", () => {
  const serves = liveRelease("0123456789");
  const asked = (wanted: { database?: "auto" | "keep" | "restore"; backup?: string }, restored?: string) => () =>
    refuseData({ project: "shop", ...wanted }, serves, restored);

  it("SC-04 is refused, with what would restore it", () => {
    const refusal =
      /^ContractError: shop: 1\.0\.0 \(release 0123456789\) serves already, .*: restore shop BACKUP --only database$/;
    assert.throws(asked({ database: "restore" }), refusal);
    assert.throws(asked({ backup: "backup_2" }), /restore shop backup_2 --only database$/);
    assert.throws(asked({ backup: "backup_2" }, "backup_1"), /restore shop backup_2/);
  });

  it("RB-11 is no matter where it came with it, or was not asked for", () => {
    assert.doesNotThrow(asked({ database: "restore" }, "backup_1"));
    assert.doesNotThrow(asked({ backup: "backup_1" }, "backup_1"));
    assert.doesNotThrow(asked({ database: "keep" }));
    assert.doesNotThrow(asked({}));
  });
});
