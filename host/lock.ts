import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ago } from "./duration-text";
import { whoami } from "./intent";
import { ticketAddress, waitingTickets } from "./lock-queue";

/** Who holds a lock, as the holder itself tells. */
export interface Holder {
  pid: number;
  /** Who, e.g. `ann@droplet-1`. */
  by: string;
  /** What it does, e.g. `rollout calendar 3f2a91c04e`. */
  purpose: string;
  /** RFC 3339. */
  since: string;
}

/** Another process holds the lock and `waitSeconds` are over. */
export class LockedError extends Error {
  constructor(
    name: string,
    readonly holder: Holder,
  ) {
    super(`${name} is locked by ${described(holder)}`);
    this.name = "LockedError";
  }
}

/** Who, what and for how long, and the way out. */
function described({ by, pid, purpose, since }: Holder): string {
  if (pid === 0) return `a process that does not answer; it is free as soon as that one ends`;
  return (
    `${by}, process ${pid} (${purpose}) since ${since}, ${ago(since, new Date())}; ` +
    `it is free as soon as that process ends: wait for it, or end it with: kill ${pid}`
  );
}

/**
 * Runs `action` while no other process on this host holds the lock of this name.
 *
 * The lock is a listening socket: the kernel hands it to one process and takes it back when that process is gone,
 * however it went, so there is no stale lock to judge. Whoever waits asks the holder over the same socket, and gets the
 * lock before those who came later. `onWait`: told once for whom, where it is not had at once.
 */
export async function withLock<T>(
  name: string,
  purpose: string,
  waitSeconds: number,
  action: () => Promise<T>,
  onWait?: (holder: Holder) => void,
): Promise<T> {
  const own = { pid: process.pid, by: whoami(), purpose, since: new Date().toISOString() };
  const server = await acquire(name, own, waitSeconds, onWait);
  try {
    return await action();
  } finally {
    await new Promise<void>((done) => server.close(() => done()));
  }
}

/** Who holds the lock of this name now; `undefined` where it is free. */
export async function lockHolder(name: string): Promise<Holder | undefined> {
  const holder = await askHolder(socketAddress(name));
  return holder === "gone" ? undefined : holder;
}

/** Whether another process holds the lock of this name now. */
export async function isLockedByAnother(name: string): Promise<boolean> {
  const holder = await lockHolder(name);
  return holder !== undefined && holder.pid !== process.pid;
}

/** At once where nobody holds it and nobody waits; else in the order in which those who wait have come. */
async function acquire(
  name: string,
  holder: Holder,
  waitSeconds: number,
  onWait?: (holder: Holder) => void,
): Promise<Server> {
  const address = socketAddress(name);
  const deadline = Date.now() + waitSeconds * 1000;
  const [first] = waitingTickets(address);
  const server = first === undefined ? await listen(address, holder) : undefined;
  if (server) return server;
  const ticket = waitSeconds > 0 ? await takeTicket(address, holder) : undefined;
  try {
    return await itsTurn(name, holder, { number: ticket?.number, deadline, onWait });
  } finally {
    ticket?.server.close();
  }
}

interface Ticket {
  number: number;
  server: Server;
}

/** Behind all that wait now. */
async function takeTicket(address: string, holder: Holder): Promise<Ticket> {
  for (let number = (waitingTickets(address).at(-1) ?? 0) + 1; ; number++) {
    const server = await listen(ticketAddress(address, number), holder);
    if (server) return { number, server };
  }
}

interface Wait {
  /** Of the own ticket; left out for whoever does not wait. */
  number: number | undefined;
  deadline: number;
  onWait: ((holder: Holder) => void) | undefined;
}

async function itsTurn(name: string, holder: Holder, { number, deadline, onWait }: Wait): Promise<Server> {
  const address = socketAddress(name);
  for (let told = false; ; ) {
    const [first] = waitingTickets(address);
    const isNext = first === undefined || first === number;
    const server = isNext ? await listen(address, holder) : undefined;
    if (server) return server;
    const current = await askHolder(address);
    if (current === "gone") await removeLeftover(address);
    const other = current === "gone" && !isNext ? await askHolder(ticketAddress(address, first)) : current;
    if (other !== "gone") {
      if (Date.now() >= deadline) throw new LockedError(name, other);
      if (!told) onWait?.(other);
      told = true;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

function listen(address: string, holder: Holder): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(JSON.stringify(holder));
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? done(undefined) : fail(error),
    );
    server.listen(address, () => {
      server.unref();
      done(server);
    });
  });
}

function askHolder(address: string): Promise<Holder | "gone"> {
  return new Promise((done) => {
    let text = "";
    const socket = connect(address);
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", () => done("gone"));
    socket.on("close", () => {
      try {
        done(JSON.parse(text) as Holder);
      } catch {
        done({ pid: 0, by: "", purpose: "it does not answer", since: "an unknown time" });
      }
    });
  });
}

/** Linux has sockets without a file, which vanish with their process; elsewhere the file can be left behind. */
export function socketAddress(name: string): string {
  const id = `slipway-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
  return process.platform === "linux" ? `\0${id}` : join(tmpdir(), `${id}.sock`);
}

async function removeLeftover(address: string): Promise<void> {
  if (!address.startsWith("\0")) await unlink(address).catch(() => undefined);
}
