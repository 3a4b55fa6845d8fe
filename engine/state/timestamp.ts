/** Nanoseconds since 1970, to the microsecond: what file names of the backend are made of. */
export function unixNanoseconds(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

/** RFC 3339 in UTC with nine digits, as Pulumi writes times into a state. */
export function rfc3339(nanoseconds = unixNanoseconds()): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(nanoseconds % 1_000_000_000n).padStart(9, "0");
  return `${seconds}.${fraction}Z`;
}
