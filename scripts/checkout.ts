import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Absolute folder of this checkout, wherever it is started from: the one with Slipway's own `Pulumi.yaml`. */
export function checkout(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) throw new Error(`no Pulumi.yaml above ${__dirname}: the checkout is incomplete`);
  }
}
