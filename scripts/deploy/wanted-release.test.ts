import assert from "node:assert/strict";
import { loadProjects } from "../../config/projects-file";
import { releaseOf, snapshotOf } from "../../config/release";
import type { ReleaseConfig } from "../../config/stack-config";
import { wantedRelease } from "./wanted-release";

const SHOP = `
projects:
  shop:
    domains: { local: [shop.localhost] }
    containers:
      web: { port: 80, health: { path: / } }
`;
const MAIL = "      mail: { health: { command: [ok] } }\n";

describe("the release that a deploy makes live", () => {
  const at = (name: string, digit: string) => `127.0.0.1:5000/${name}@sha256:${digit.repeat(64)}`;
  const projectIn = (text: string) => loadProjects(text, "projects.yml", "local")[0] ?? assert.fail("no shop");
  const [shop, withMail] = [projectIn(SHOP), projectIn(SHOP + MAIL)];
  const images = { web: at("shop", "1") };
  const plain: ReleaseConfig = { version: "1.0.0", images };
  /** As a rollback leaves it, to what was before `mail`. */
  const kept: ReleaseConfig = { ...plain, snapshot: snapshotOf(releaseOf(shop, plain, {})) };
  const places = { ...images, mail: at("mail", "1") };

  /** Of a registry that has version 1.0.0 where its images are, and one other. */
  const wanted = (project: typeof shop, configured: ReleaseConfig | undefined, version?: string) => {
    const host = async (_: string, request: { version: string; images: Record<string, string> }) => {
      if (request.version === "by-digest") throw new Error("no such tag");
      const digit = request.version === "1.0.0" ? "1" : "2";
      return Object.fromEntries(
        Object.keys(request.images).map((name) => [name, at(name === "web" ? "shop" : name, digit)]),
      );
    };
    const context = { host, registryLogins: async () => ({}) } as unknown as Parameters<typeof wantedRelease>[0];
    return wantedRelease(context, project, configured, version);
  };

  it("SC-03 is the configured one, with the settings that a rollback went back to, or another version's images", async () => {
    assert.equal(await wanted(shop, kept), kept);
    assert.deepEqual(await wanted(shop, kept, "1.0.0"), kept);
    assert.deepEqual(await wanted(shop, kept, "2.0.0"), { version: "2.0.0", images: { web: at("shop", "2") } });
    assert.deepEqual(await wanted(shop, { ...kept, version: "by-digest" }, "by-digest"), {
      ...kept,
      version: "by-digest",
    });
    await assert.rejects(wanted(shop, kept, "by-digest"), /no such tag/);
  });

  it("SC-03 has a container that came after what was gone back to, whose image the file names beside the others", async () => {
    const configured = { ...kept, images: places };
    const both = { web: at("shop", "2"), mail: at("mail", "2") };
    assert.deepEqual(await wanted(withMail, configured, "2.0.0"), { version: "2.0.0", images: both });
    assert.deepEqual(await wanted(withMail, configured, "1.0.0"), { version: "1.0.0", images: places });
    assert.deepEqual(await wanted(shop, { ...plain, images: places }), plain, "not one that has gone");
  });

  it("SC-01 says of a container whose images are not known how to tell where they are", async () => {
    const unknown =
      /images of container mail are is not known yet; .*: slipway config set --path slipway:releases\.shop\.live\.images\.mail /;
    for (const version of ["2.0.0", undefined]) {
      await assert.rejects(wanted(withMail, plain, version), { name: "ContractError", exitCode: 1, message: unknown });
    }
    await assert.rejects(wanted(shop, undefined), /no release is configured/);
  });
});
