import { loadavg } from "node:os";
import { benchmarkNames, loadBenchmark } from "./benchmark";
import { type Measure, measured } from "./measure";
import { measureTable } from "./measure-table";
import { type Options, parseOptions, USAGE } from "./options";

async function main(args: string[]): Promise<number> {
  const names = benchmarkNames();
  let options: Options;
  try {
    options = parseOptions(args, names);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n\n${USAGE}`);
    return 1;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return options.name === undefined ? list(names) : run(options.name, options);
}

async function list(names: string[]): Promise<number> {
  const width = Math.max(...names.map((name) => name.length));
  for (const name of names) {
    process.stdout.write(`${name.padEnd(width)}  ${(await loadBenchmark(name)).description}\n`);
  }
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
  (error: Error) => {
    process.stderr.write(`error: ${error.stack}\n`);
    process.exitCode = 1;
  },
);
