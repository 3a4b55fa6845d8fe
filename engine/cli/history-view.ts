import type { HistoryRecord } from "../index";
import { ago } from "./table";

export function historyText(entries: HistoryRecord[], fullDates: boolean): string {
  return entries.map((entry) => `${entryText(entry, fullDates)}\n`).join("");
}

function entryText(entry: HistoryRecord, fullDates: boolean): string {
  const { create = 0, delete: deleted = 0, update = 0, same = 0 } = entry.resourceChanges;
  const [started, ended] = [new Date(entry.startTime), new Date(entry.endTime)];
  const when = fullDates ? started.toISOString() : ago(started);
  const environment = Object.entries(entry.environment).map(([name, value]) => `    ${name}: ${value}\n`);
  return (
    `Version: ${entry.version}\nUpdateKind: ${entry.kind}\nStatus: ${entry.result}\nMessage: ${entry.message}\n` +
    `+${create}-${deleted}~${update} ${same} Updated ${when} took ${(ended.getTime() - started.getTime()) / 1000}s\n${environment.join("")}`
  );
}
