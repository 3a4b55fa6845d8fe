import { strict as assert } from "node:assert";
import { diskFindings } from "./disk-space";

const GB = 1e9;

describe("free space before a deploy", () => {
  const disk = (freeGB: number, holdsBackups = true) => ({ path: "/srv", freeBytes: freeGB * GB, holdsBackups });

  it("MT-05 5 GB are enough, less is a finding that --force passes, with both numbers", () => {
    assert.deepEqual(diskFindings([disk(5)], 5), []);
    assert.deepEqual(diskFindings([disk(4.9)], 5), [
      { text: "only 4.9 GB free at /srv, a deploy needs 5 GB (deploy.freeGB)", passedBy: "--force" },
    ]);
  });

  it("MT-05 SC-05 without space for a backup --skip-backup and --force go on together, and neither alone", () => {
    const deploy = { text: "only 1.9 GB free at /srv, a deploy needs 5 GB (deploy.freeGB)", passedBy: "--force" };
    const backup = { text: "only 1.9 GB free at /srv, a backup needs 2 GB", passedBy: "--skip-backup" };
    assert.deepEqual(diskFindings([disk(1.9)], 5), [deploy, backup]);
    assert.deepEqual(diskFindings([disk(1.9, false)], 5), [deploy]);
    assert.deepEqual(diskFindings([disk(1.9)], 0), [backup]);
    assert.deepEqual(diskFindings([disk(1.9, false)], 0), []);
  });

  it("MT-05 each disk is judged by itself", () => {
    assert.equal(diskFindings([disk(2), disk(3, false), disk(9)], 5).length, 2);
  });
});
