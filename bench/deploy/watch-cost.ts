import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { sampleRelease } from "../../test/support/machine-images";
import { onlyHello } from "../../test/support/sample-projects";
import { TestStack } from "../../test/support/test-stack";
import { until } from "../../test/support/until";
import { HELLO_HOST } from "../launch/sample-stack";
import { type Measure, measured } from "../runner/measure";

const PER_SECOND = 50;
/** After the first minute, in which there is a check every second. */
const FROM_SECONDS = 65;
const MEASURED_SECONDS = 60;
const LIMIT_PERCENT = 1;
/** Clock ticks a second, as Linux reports CPU time in. */
const TICKS = 100;

/** CPU time of the process that watches over a release, while it gets 50 requests a second. */
export async function watchCost(say: (line: string) => void): Promise<Measure[]> {
  await using stack = await TestStack.create({
    projects: onlyHello(),
    config: { deploy: { "*": { watchSeconds: FROM_SECONDS + MEASURED_SECONDS + 30, holdSeconds: 1 } } },
  });
  await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
  await stack.deployed();
  await using _load = stack.load(HELLO_HOST, PER_SECOND);
  const pid = await until("the watching process", () => watcherOf(stack.folder));
  const first = (await measure(pid, 50)) ?? 0;
  say(`watch, a check every second: ${first.toFixed(2)} % of a core`);
  await new Promise((done) => setTimeout(done, (FROM_SECONDS - 50) * 1000));
  const rest = await measure(pid, MEASURED_SECONDS);
  say(`watch, a check every 10 s: ${rest.toFixed(2)} % of a core`);
  return [
    measured("watch, a check every 10 s", rest, "% of a core", { limit: LIMIT_PERCENT }),
    measured("watch, a check every second (the first minute)", first, "% of a core"),
  ];
}

async function measure(pid: number, seconds: number): Promise<number> {
  const before = ticks(pid);
  await new Promise((done) => setTimeout(done, seconds * 1000));
  return ((ticks(pid) - before) / TICKS / seconds) * 100;
}

function ticks(pid: number): number {
  const fields = (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) as string).split(" ");
  return Number(fields[11]) + Number(fields[12]); // utime and stime.
}

function watcherOf(folder: string): number | undefined {
  const pid = readdirSync("/proc").find((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return command.includes("watch") && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false; // Ended meanwhile.
    }
  });
  return pid === undefined ? undefined : Number(pid);
}
