import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siteConfig } from "../components/gateway/nginx-site";
import { describeProject } from "./description";
import { applyEdit } from "./generation";
import { type Layout, layout } from "./layout";
import { mendGeneration } from "./mend-generation";
import { projectOf } from "./platform.fixture";
import { writeRecord } from "./record";
import { liveRelease } from "./record.fixture";

describe("a gateway's configuration that nginx refuses for a file that nobody deployed", () => {
  let root: string;
  let place: Layout;
  const routes = (name: string) => ({ upstreams: `upstreams of ${name}\n`, locations: `locations of ${name}\n` });
  const site = (name: string) => siteConfig({ name, domains: [`${name}.test`] });
  const refusal = (path: string) =>
    `nginx: [emerg] unknown directive "nonsense" in /etc/slipway/gateway/gen-2/${path}:2\n`;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-mend-"));
    place = layout(root);
    for (const name of ["shop", "blog"]) {
      await describeProject(place, projectOf(name));
      const live = liveRelease("0000000001", { routes: routes(name) });
      await writeRecord(place, name, { serial: 1, live, drainingWorkers: [] });
      await applyEdit(join(place.gateway, "gen-2"), {
        [`sites/${name}.conf`]: site(name),
        [`routes/${name}/upstreams.conf`]: routes(name).upstreams,
        [`routes/${name}/locations.conf`]: routes(name).locations,
      });
    }
  });
  afterEach(() => rm(root, { recursive: true }));

  const file = (path: string) => join(place.gateway, "gen-2", path);
  const read = (path: string) => readFile(file(path), "utf8");

  it("MT-22 gets that file back as the project was deployed, its names and its routes alike", async () => {
    for (const path of ["sites/shop.conf", "routes/shop/locations.conf"]) {
      const before = await read(path);
      await writeFile(file(path), "nonsense;\n");
      assert.deepEqual(await mendGeneration(place, "gen-2", {}, refusal(path)), [path]);
      assert.equal(await read(path), before);
    }
  });

  it("MT-22 keeps what was edited of a project that nginx does not name", async () => {
    await writeFile(file("sites/shop.conf"), "nonsense;\n");
    await writeFile(file("sites/blog.conf"), "# by hand\n");
    assert.deepEqual(await mendGeneration(place, "gen-2", {}, refusal("sites/shop.conf")), ["sites/shop.conf"]);
    assert.equal(await read("sites/blog.conf"), "# by hand\n");
  });

  it("MT-22 gets all of them back where nginx names a file that is as it should be", async () => {
    await rm(file("routes/shop/upstreams.conf"));
    await writeFile(file("sites/blog.conf"), "# by hand\n");
    const named = refusal("sites/other.conf");
    const mended = ["sites/blog.conf", "routes/shop/upstreams.conf"];
    assert.deepEqual((await mendGeneration(place, "gen-2", {}, named)).sort(), mended.sort());
    assert.deepEqual(await mendGeneration(place, "gen-2", {}, named), []);
  });

  it("MT-22 is refused for a file of the change itself, and for one of a project that is being switched", async () => {
    await writeFile(file("sites/shop.conf"), "nonsense;\n");
    const edit = { "sites/shop.conf": "nonsense;\n" };
    assert.deepEqual(await mendGeneration(place, "gen-2", edit, refusal("sites/shop.conf")), []);
    await writeFile(file("sites/shop.conf"), site("shop"));
    const live = liveRelease("0000000001", { routes: routes("shop") });
    const switching = { to: "0000000002", at: "2026-01-01T00:00:00Z" };
    await writeRecord(place, "shop", { serial: 1, live, switching, drainingWorkers: [] });
    await writeFile(file("routes/shop/locations.conf"), "those of another release\n");
    assert.deepEqual(await mendGeneration(place, "gen-2", {}, refusal("routes/shop/locations.conf")), []);
  });

  it("MT-22 does not get back what was taken away on purpose", async () => {
    await rm(file("sites/shop.conf"));
    await rm(join(place.gateway, "gen-2/routes/shop"), { recursive: true });
    assert.deepEqual(await mendGeneration(place, "gen-2", {}, refusal("nginx.conf")), []);
  });
});
