import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siteConfig } from "../components/gateway/nginx-site";
import { applyEdit, type Edit, makeCurrent } from "./generation";
import { type Layout, layout } from "./layout";
import { routesEdit } from "./route-paths";
import { claimEdit, noSiteEdit, siteEdit } from "./site-domains";

const ROUTES = { upstreams: "upstream", locations: "location" };

describe("a domain that another project has on this host", () => {
  let root: string;
  let place: Layout;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-site-"));
    place = layout(root);
    await mkdir(join(place.gateway, "gen-1", "sites"), { recursive: true });
    await makeCurrent(place, "gen-1");
    await put({
      ...(await siteEdit(place, "shop", site("shop", "shop.test", "www.test"))),
      ...routesEdit("shop", ROUTES),
    });
  });
  afterEach(() => rm(root, { recursive: true }));

  const put = (edit: Edit) => applyEdit(join(place.gateway, "current"), edit);
  const site = (name: string, ...domains: string[]) => siteConfig({ name, domains });

  it("MT-04 stays where it is served until the first release of the new project, whose switch takes it", async () => {
    const wanted = site("store", "shop.test", "store.test");
    const edit = await siteEdit(place, "store", wanted);
    assert.deepEqual(edit, {
      "sites/store.conf": site("store", "store.test"),
      "sites/store.waiting": wanted,
    });
    await put(edit);
    assert.deepEqual(await claimEdit(place, "store"), {
      "sites/store.conf": wanted,
      "sites/store.waiting": undefined,
      "sites/shop.conf": site("shop", "www.test"),
    });
  });

  it("of a project that serves already comes over at once, in one change", async () => {
    await put(routesEdit("store", ROUTES));
    assert.deepEqual(await siteEdit(place, "store", site("store", "shop.test", "www.test")), {
      "sites/store.conf": site("store", "shop.test", "www.test"),
      "sites/store.waiting": undefined,
      "sites/shop.conf": undefined,
    });
  });

  it("is free once the other project serves nobody", async () => {
    await put(routesEdit("shop", { upstreams: undefined, locations: undefined }));
    const edit = await siteEdit(place, "store", site("store", "shop.test"));
    assert.equal(edit["sites/store.conf"], site("store", "shop.test"));
    assert.equal(edit["sites/shop.conf"], site("shop", "www.test"));
  });

  it("is waited for no more once the project is gone, or wants it no more", async () => {
    await put(await siteEdit(place, "store", site("store", "shop.test")));
    await put(await siteEdit(place, "store", site("store", "store.test")));
    assert.deepEqual(await claimEdit(place, "store"), {});
    await put(await siteEdit(place, "store", site("store", "shop.test")));
    await put(noSiteEdit("store"));
    assert.deepEqual(await claimEdit(place, "store"), {});
  });
});
