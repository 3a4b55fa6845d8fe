import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../config/container-limits";
import { writeAtomic } from "./atomic-file";
import { changeGateway } from "./change-gateway";
import { isJournalOpen } from "./data-journal";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { endLeftHold } from "./hold-writers";
import { type Layout, layout } from "./layout";
import { holdPath, isHeld } from "./left-held";
import { Log } from "./log";
import { migrate } from "./migrate";
import { platform, projectOf } from "./platform.fixture";
import { readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";

describe("the migration of a deploy", () => {
  let root: string;
  let place: Layout;
  const { gateway } = platform;
  const description = projectOf("shop");
  const schema = { revision: "r1", heads: {}, path: ["r1"] };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-migrate-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, description);
    await writeRecord(place, "shop", { serial: 1, live: liveRelease("aaaaaaaaaa"), drainingWorkers: [], schema });
  });
  afterEach(() => rm(root, { recursive: true }));

  const log = () => new Log(place.log, { informationTo: "nowhere" });
  const wanted = {
    ...{ project: "shop", release: "bbbbbbbbbb", version: "2.0.0", image: "sha256:b", network: description.network },
    ...{ env: {}, labels: {}, upgrade: ["upgrade"], current: ["current"], ...DEFAULT_LIMITS },
    ...{ isIncompatible: false, isCompatible: true, isTransactional: false, gateway, timeoutSeconds: 60 },
  };

  it("PU-06 MT-13 with requests held stays where its command is killed once the record tells of it", async () => {
    const file = join(place.project("shop"), "data-change.json");
    let journal = "";
    await withEmptyDocker(async (engine) => {
      engine.run = async ([command]) => {
        journal = await readFile(file, "utf8");
        return command === "current" ? "r2\n" : "";
      };
      await migrate(place, log(), wanted);
      // What a kill leaves after the record was written and before the note of the change is taken away.
      await changeGateway(place, gateway.container, "hold shop", { [holdPath("shop")]: "return 503;\n" });
      await writeAtomic(file, journal);
      await endLeftHold(place, log(), { description, gateway });
    });
    assert.match(journal, /"backup":"backup_/);
    assert.deepEqual([await isHeld(place, "shop"), await isJournalOpen(place, "shop")], [false, false]);
    assert.equal((await readRecord(place, "shop")).schema?.revision, "r2");
    assert.doesNotMatch(await readFile(place.log, "utf8"), /the database goes back to/);
  });

  it("fault 22 that could not be carried out does not count as one that left nothing behind", async () => {
    await withEmptyDocker(() =>
      assert.rejects(
        migrate(place, log(), { ...wanted, isTransactional: true }),
        /no such container.*; whether it changed the database could not be compared: .*no such container/,
      ),
    );
  });
});
