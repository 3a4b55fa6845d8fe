/** Puts one value of the right form in place of every placeholder of a record: a state that Pulumi could have written. */
export function concrete(record: string): string {
  const number = (n: string, width: number) => n.padStart(width, "0");
  return record
    .replace(/"<(?:PORT|PREFIX)-(\d+)>"/g, (_, n: string) => String(10 + Number(n)))
    .replace(/<(?:PORT|PREFIX)-(\d+)>/g, (_, n: string) => String(10 + Number(n)))
    .replace(/<ID-(\d+):12>/g, (_, n: string) => number(n, 12))
    .replace(/<ID-(\d+)>/g, (_, n: string) => number(n, 12).padEnd(64, "0"))
    .replace(/<UUID-(\d+)>/g, (_, n: string) => `00000000-0000-4000-8000-${number(n, 12)}`)
    .replace(/<RAND-(\d+)>/g, (_, n: string) => `random${number(n, 6)}`)
    .replace(/<IP-(\d+)>/g, (_, n: string) => `172.31.0.${n}`)
    .replace(/<NET-(\d+)>/g, (_, n: string) => `172.${15 + Number(n)}.0.0`)
    .replace(/<MAC-(\d+)>/g, (_, n: string) => `02:42:ac:1f:00:${number(n, 2)}`)
    .replaceAll("<TIME>", "2030-01-02T03:04:05.678Z")
    .replaceAll("<DURATION>", "2s");
}
