/**
 * What texts of the configuration may be, by allow-list: none of them can end or begin a directive of nginx, an
 * argument of a command or a statement of SQL. Each error says what is allowed.
 */

import { domainToASCII } from "node:url";
import { didYouMean, listOf, oneOf, textLike as text } from "./shape";

const NAME = "1 to 31 lower-case letters, digits and single hyphens inside, a letter first";

/** Names of containers and volumes. */
export const name = text(/^(?=.{1,31}$)[a-z](-?[a-z0-9])*$/, NAME);

/** Also the name of a database and its role, so those that Postgres itself has are taken. */
export const projectName = text(
  /^(?!(postgres|slipway|template[01]|public|none)$)(?!pg-)(?=.{1,31}$)[a-z](-?[a-z0-9])*$/,
  `${NAME}; not postgres, slipway, template0, template1, public, none or pg-…, which Postgres keeps for itself`,
);

/** A host name with a dot in it; international ones in their ASCII form. */
export const domain = text(
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  (found) =>
    "a host name like shop.example.com: lower-case letters, digits, hyphens and dots (at least one), up to 253 " +
    `characters; no wildcard, scheme, port or path${didYouMean(asDomain(found))}`,
);

/** Path that the gateway routes by. */
export const route = text(
  /^(?!.*\/\.{1,2}(\/|$))(\/[A-Za-z0-9._~-]+)+\/?$/,
  "a path like /api/ (everything below it) or /feed.ics (this path only): letters, digits and . _ ~ - between slashes",
);

/** Path that must answer a health check. */
export const healthPath = text(
  /^(?!.*\/\.{1,2}(\/|$))(?=\/)(\/[A-Za-z0-9._~-]+)*\/?$/,
  "a path like /healthz: letters, digits and . _ ~ - between slashes, no query",
);

/** Path of a request, with its query. */
export const requestPath = text(
  /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$/,
  "a path that begins with /, with its query if any; other characters percent-encoded",
);

/** Absolute path in a container. */
export const filePath = text(
  /^(?!.*\/\.{1,2}(\/|$))(?!\/(proc|sys|dev)(\/|$))(\/[A-Za-z0-9._-]+)+$/,
  "an absolute path like /var/lib/app: letters, digits and . _ - between slashes; not /proc, /sys or /dev",
);

export const headerName = text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "a header's name like Content-Type");

export const headerValue = text(/^[\t\x20-\x7e]*$/, "printable ASCII characters on one line");

/** Names that begin with SLIPWAY_ are the platform's own. */
export const variableName = text(
  /^(?!SLIPWAY_)[A-Za-z_][A-Za-z0-9_]*$/,
  "letters, digits and underscores, no digit first, not beginning with SLIPWAY_",
);

export const variableValue = text(/^[^\0]*$/, "text without NUL; numbers, true and false in quotes");

/** Table as the database spells it, case included. */
export const tableName = text(
  /^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/,
  "a table's name, optionally with its schema, like events or public.events",
);

/** What Docker gives a container by default; all of it is dropped unless listed. */
export const capability = oneOf(
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
);

const ARGUMENTS = "a list of a program and its arguments like [alembic, upgrade, head]; no shell reads it";

/** A program and its arguments. */
export const command = listOf(text(/^[^\0]+$/, 'text; a number as an argument in quotes, like "8"'), ARGUMENTS).min(1, {
  error: ARGUMENTS,
});

/** The host name that a URL, an international or an upper-case name contains. */
function asDomain(found: unknown): string | undefined {
  if (typeof found !== "string" || /\s/.test(found)) return undefined;
  const host = found
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/:?#].*$/, "")
    .replace(/\.$/, "");
  const ascii = domainToASCII(host);
  return ascii !== found && domain.safeParse(ascii).success ? ascii : undefined;
}
