/**
 * A shell command, as bash takes it, that is ended when its standard input closes: Docker does not end a command whose
 * caller was killed, and a dump that nobody reads would hold its snapshot for ever. A failure anywhere in a pipe is
 * the failure of the whole.
 */
export function whileAttached(pipe: string, ...values: string[]): string[] {
  const script = [
    "set -o pipefail",
    "{ read -r _; kill -TERM 0; } <&0 >/dev/null 2>&1 &",
    "watcher=$!",
    `{ ${pipe}; } </dev/null`,
    "code=$?",
    "kill $watcher; wait $watcher 2>/dev/null",
    "exit $code",
  ];
  return ["bash", "-c", script.join("\n"), "bash", ...values];
}

/**
 * A shell command that reads standard input to its end even where it fails before: so its caller can write all of it,
 * and then read why.
 */
export function readingAll(pipe: string, ...values: string[]): string[] {
  return ["bash", "-c", `set -o pipefail\n${pipe}\ncode=$?\ncat >/dev/null\nexit $code`, "bash", ...values];
}
