import { readFileSync } from "node:fs";

/** The kernel's list of sockets; those without a file begin with `@` in it, which also stands for each NUL. */
const SOCKETS = "/proc/net/unix";

/** Address of the ticket with a number, of those who wait for the lock at `address`. */
export function ticketAddress(address: string, number: number): string {
  return `${address}-ticket-${number}`;
}

/**
 * Numbers of those who wait for a lock, in the order in which they came. A ticket is a listening socket, as the lock is: it
 * goes with its process, however that ends. None where the kernel keeps no such list, as elsewhere than on Linux: there
 * whoever looks first is first.
 */
export function waitingTickets(address: string): number[] {
  if (!address.startsWith("\0")) return [];
  let list: string;
  try {
    list = readFileSync(SOCKETS, "latin1");
  } catch {
    return [];
  }
  const own = `@${ticketAddress(address, 0).slice(1, -1)}`;
  const numbers = list.split("\n").flatMap((line) => {
    const at = line.indexOf(own);
    return at < 0 ? [] : [Number.parseInt(line.slice(at + own.length), 10)];
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}
