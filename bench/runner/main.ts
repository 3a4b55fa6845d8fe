import { loadavg } from "node:os";
import { seeAlso } from "../../engine/cli/doc-page";
import { errorJson } from "../../engine/cli/error-json";
import { USAGE_CODE } from "../../host/cli/error-codes";
import { failureText } from "../../scripts/failure-text";
import { benchmarkNames, loadBenchmark } from "./benchmark";
import { type Measure, measured } from "./measure";
import { measureTable } from "./measure-table";
import { type Options, parseOptions, USAGE } from "./options";

const FAILED_CODE = "slipway.bench.failed";

async function main(args: string[]): Promise<number> {
  const names = benchmarkNames();
  let options: Options;
  try {
    options = parseOptions(args, names);
  } catch (error) {
    const { message } = error as Error;
    const told = `error: ${message}\n\n${USAGE}${seeAlso(USAGE_CODE)}`;
    process.stderr.write(args.includes("--json") ? errorJson({ code: USAGE_CODE, message }) : told);
    return 1;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return options.name === undefined ? list(names, options) : run(options.name, options);
}

async function list(names: string[], { json }: Options): Promise<number> {
  const benchmarks = await Promise.all(
    names.map(async (name) => ({ name, description: (await loadBenchmark(name)).description })),
  );
  const width = Math.max(...names.map((name) => name.length));
  const lines = benchmarks.map(({ name, description }) => `${name.padEnd(width)}  ${description}\n`);
  process.stdout.write(json ? `${JSON.stringify(benchmarks, undefined, 2)}\n` : lines.join(""));
  return 0;
}

async function run(name: string, { runs, json }: Options): Promise<number> {
  const benchmark = await loadBenchmark(name);
  const before = loadAverage("before");
  const measures = await benchmark.measure(runs, (line) => process.stderr.write(`bench ${name}: ${line}\n`));
  const all = [...measures, before, loadAverage("after"), measured("runs that a median is of", runs, "runs")];
  const notes = benchmark.notes.map((note) => `${note}\n`).join("");
  process.stdout.write(json ? `${JSON.stringify(all, undefined, 2)}\n` : `${measureTable(all)}\n${notes}`);
  return all.every(({ ok }) => ok) ? 0 : 1;
}

function loadAverage(when: string): Measure {
  return measured(`load average of the last minute, ${when}`, loadavg()[0] ?? 0, "processes");
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(failureText(error, process.argv.includes("--json"), FAILED_CODE));
    process.exitCode = 1;
  },
);
