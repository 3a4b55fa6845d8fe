import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { LoopbackRegistry } from "./loopback-registry";
import type { ManifestEntry } from "./scenario";
import { makeSmallImage } from "./small-image";
import { SshServer } from "./ssh-server";

const run = promisify(execFile);

/** What a scenario finds outside of its project folder. */
export interface Externals {
  /** `GOLDEN_*` variables that its programs and steps read. */
  variables: { [name: string]: string };
  remove(): Promise<void>;
}

/** The names that the records have. */
const IMAGE = "golden-img:1";
const SECOND_IMAGE = "golden-img:2";

export async function externalsFor(needs: NonNullable<ManifestEntry["needs"]>): Promise<Externals> {
  const parts: Externals[] = [];
  if (needs.includes("docker")) parts.push(await docker());
  if (needs.includes("registry")) parts.push(await registry());
  if (needs.includes("ssh")) parts.push(await sshServer());
  return {
    variables: Object.assign({}, ...parts.map(({ variables }) => variables)),
    remove: async () => {
      for (const part of parts.reverse()) await part.remove();
    },
  };
}

async function docker(): Promise<Externals> {
  removeImages(); // Of a run that was killed.
  makeSmallImage(IMAGE, "1");
  makeSmallImage(SECOND_IMAGE, "2");
  return {
    variables: { GOLDEN_IMAGE: IMAGE, GOLDEN_IMAGE2: SECOND_IMAGE, GOLDEN_PORT: String(await freePort()) },
    remove: async () => {
      removeAll("ps -aq", "rm -f -v");
      removeAll("network ls -q", "network rm");
      removeAll("volume ls -q", "volume rm");
      removeImages();
    },
  };
}

/** Removes the small images with all their names, also those under which they were pulled. */
function removeImages(): void {
  const ids = execFileSync("docker", ["images", "-q", "--filter", "label=slipway.test=golden"], { encoding: "utf8" });
  if (ids !== "") spawnSync("docker", ["rmi", "-f", ...new Set(ids.trim().split("\n"))]);
}

/** Removes what the scenarios' programs label `golden`, whatever failed before. */
function removeAll(list: string, remove: string): void {
  const ids = execFileSync("docker", [...list.split(" "), "--filter", "label=golden"], { encoding: "utf8" });
  if (ids !== "") spawnSync("docker", [...remove.split(" "), ...ids.trim().split("\n")]);
}

async function registry(): Promise<Externals> {
  const running = await LoopbackRegistry.start();
  const repository = `127.0.0.1:${running.port}/golden-app`;
  const first = await push(IMAGE, `${repository}:1`);
  const second = await push(SECOND_IMAGE, `${repository}:2`);
  await push(IMAGE, `${repository}:moving`);
  return {
    variables: { GOLDEN_REGISTRY: `127.0.0.1:${running.port}`, GOLDEN_DIGEST1: first, GOLDEN_DIGEST2: second },
    remove: () => running.stop(),
  };
}

/** Tags, pushes, and answers the digest. The registry runs in this process, so that nothing may block it. */
async function push(image: string, reference: string): Promise<string> {
  await run("docker", ["tag", image, reference]);
  const { stdout } = await run("docker", ["push", reference]);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
  if (digest === undefined) throw new Error(`docker push ${reference} told no digest:\n${stdout}`);
  return digest;
}

async function sshServer(): Promise<Externals> {
  const running = await SshServer.start();
  return { variables: running.variables, remove: () => running.stop() };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening) => probe.listen(0, "127.0.0.1", listening));
  const { port } = probe.address() as { port: number };
  await new Promise((closed) => probe.close(closed));
  return port;
}
