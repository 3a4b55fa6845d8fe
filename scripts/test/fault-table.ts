/** A test as the reporter tells it. */
export interface ToldTest {
  title: string;
  outcome: "ok" | "failed" | "skipped";
  seconds: number;
  /** What happened: its last `note()`. */
  note?: string;
  /** Of one that failed: its message and stack. */
  error?: string;
}

const FAULT = /\bfault (\d+)\b/;
/** Ids at the beginning of a title, which the table leaves out. */
const IDS = /^((fault \d+|[A-Z]{2}-\d\d) )+/;

/** A line for every test whose title has `fault N`, by number; "" where there is none. */
export function faultTable(tests: ToldTest[]): string {
  const rows = tests.flatMap((test) => {
    const number = FAULT.exec(test.title)?.[1];
    return number === undefined ? [] : [{ ...test, number: Number(number) }];
  });
  const sorted = rows.toSorted((a, b) => a.number - b.number);
  const lines = sorted.map(({ number, title, outcome, seconds, note }) =>
    [String(number), title.replace(IDS, ""), outcome, note ?? "", seconds.toFixed(1)].map(cell).join(" | "),
  );
  if (lines.length === 0) return "";
  const head = ["fault", "what", "outcome", "what happened", "seconds"].join(" | ");
  return [head, "--- | --- | --- | --- | ---:", ...lines].map((line) => `| ${line} |\n`).join("");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
