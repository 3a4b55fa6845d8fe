import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testFiles } from "./test-files";

/** Beginning of the title of a test that proves a row of the table of faults. */
const TITLE = /\b(?:it|test)\(\s*[`"'](?:[A-Z]{2}-\d\d )*fault \d/;
/** Titles that a table of cases gives. */
const CASE = /[`"']fault \d+ /;

/** The test files, on a real engine and fast ones, that have a test of a fault. */
export function faultFiles(root: string): string[] {
  const { fast, behaviour } = testFiles(root, []);
  return [...fast, ...behaviour].filter((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return TITLE.test(text) || CASE.test(text);
  });
}
