/**
 * Draws `docs/picture/up.svg`: deploys the version of `calendar` that is not live on stack local of this checkout, in a
 * terminal of its own, and pictures what that shows in the end. Needs `script` of util-linux.
 *
 *     npx ts-node --transpile-only scripts/picture.ts
 */

import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./checkout";
import { screenSvg } from "./picture/screen-svg";
import { TerminalScreen } from "./picture/terminal-screen";
import { ensureLocal } from "./setup";
import { localRegistryPort } from "./setup/local-stack";
import { releaseImages } from "./setup/setup-record";

const PROJECT = "calendar";
const COLUMNS = 118;
const ROWS = 60;
const COMMAND = "./slipway up";

async function main(): Promise<void> {
  const root = checkout();
  const record = await ensureLocal(root);
  const slipway = (...args: string[]) => execFileSync("./slipway", args, { cwd: root, encoding: "utf8" });
  const set = (path: string, value: string) =>
    slipway("config", "set", "--stack", "local", "--path", `slipway:releases.${PROJECT}.live.${path}`, value);

  slipway("up", "--stack", "local", "--yes", "--skip-preview");
  const live = JSON.parse(slipway("stack", "output", "--stack", "local", "projects", "--json"))[PROJECT].version;
  const version = record.samples.find((sample) => sample.project === PROJECT && sample.version !== live)?.version;
  if (!version) throw new Error(`${PROJECT} has no version but ${live}`);
  set("version", version);
  const images = releaseImages(record, PROJECT, version, await localRegistryPort(root));
  for (const [container, reference] of Object.entries(images)) set(`images.${container}`, reference);

  const { stdout, status } = spawnSync(
    "script",
    ["--quiet", "--return", "--command", `stty cols ${COLUMNS} rows ${ROWS}; exec ${COMMAND}`, "/dev/null"],
    {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TERM: "xterm-256color" },
    },
  );
  if (status !== 0) throw new Error(`${COMMAND} exited ${status}\n${stdout}`);
  const screen = new TerminalScreen();
  screen.write(`$ ${COMMAND}\r\n${stdout}`);
  const picture = screenSvg(screen.lines(), `A terminal: ${COMMAND} deploys ${PROJECT} ${version}`);
  writeFileSync(join(root, "docs/picture/up.svg"), picture);
}

void main();
