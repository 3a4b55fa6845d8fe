import type Docker from "dockerode";

/** Of Postgres in its image. */
const OWNER = "uid=999,gid=999,mode=0700";

/** What makes a volume a disk of its own, in memory, for Postgres. */
export function inMemory(sizeMiB: number): Pick<Docker.VolumeCreateOptions, "DriverOpts"> {
  return { DriverOpts: { type: "tmpfs", device: "tmpfs", o: `size=${sizeMiB}m,${OWNER}` } };
}
