import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Folders of the code, whose tests stand beside it: fast, without Docker. */
const CODE = ["config", "components", "host", "scripts", "engine", "terminal", "bench"];
/** Tests of behaviour on a real engine. */
const BEHAVIOUR = "test";
/** Programs of recorded scenarios, not tests. */
const SCENARIOS = "test/golden/scenarios/";

export interface TestFiles {
  fast: string[];
  behaviour: string[];
}

/** Test files, relative to the checkout; with names, those whose path contains one of them. */
export function testFiles(root: string, names: string[]): TestFiles {
  const isWanted = (file: string) => names.length === 0 || names.some((name) => file.includes(name));
  return {
    fast: CODE.flatMap((folder) => testsBelow(root, folder)).filter(isWanted),
    behaviour: testsBelow(root, BEHAVIOUR).filter(isWanted),
  };
}

function testsBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith(".test.ts") && !path.startsWith(SCENARIOS))
    .sort();
}
