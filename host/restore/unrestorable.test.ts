import { strict as assert } from "node:assert";
import { isOfSurroundings } from "./unrestorable";

describe("a strict restore that fails", () => {
  it("fault 15 is its surroundings' fault where room, memory, a connection, a limit or a program is missing", () => {
    const copy = 'pg_restore: error: COPY failed for table "events": ERROR:  ';
    for (const [exitCode, stderr] of [
      [1, `${copy}could not extend file "base/16390/16391": No space left on device\nHINT:  Check free disk space.`],
      [1, "pg_restore: error: could not execute query: server closed the connection unexpectedly"],
      [
        2,
        'pg_restore: error: connection to server on socket "/run/.s.PGSQL.5432" failed: FATAL:  too many clients already',
      ],
      [1, `${copy}canceling statement due to statement timeout`],
      [3, "psql:<stdin>:40: FATAL:  terminating connection due to administrator command"],
      [1, `${copy}out of memory\nDETAIL:  Failed on request of size 1073741823.`],
      [127, "bash: line 1: zstd: command not found"],
      [137, ""],
      [-1, ""],
    ] as const) {
      assert.equal(isOfSurroundings(exitCode, stderr), true, `${exitCode} ${stderr}`);
    }
  });

  it("fault 15 is the archive's fault otherwise, whatever words its rows have", () => {
    for (const stderr of [
      "pg_restore: error: could not read from input file: end of file",
      "/*stdin*\\ : Decoding error (36) : Data corruption detected",
      'pg_restore: error: COPY failed for table "events": ERROR:  invalid input syntax for type integer: "x"\n' +
        'CONTEXT:  COPY events, line 7, column id: "no space left on device"',
      'psql:<stdin>:12: ERROR:  relation "events" already exists',
    ]) {
      assert.equal(isOfSurroundings(1, stderr), false, stderr);
    }
  });
});
