import assert from "node:assert/strict";
import { isLockTimeout, isStatementTimeout, sessionOptions } from "./session-options";

describe("a migration's session", () => {
  it("fault 20 fault 21 waits 5 s for a lock, and a statement ends before the whole migration does", () => {
    assert.equal(
      sessionOptions(600),
      "-c lock_timeout=5s -c statement_timeout=480000ms -c client_connection_check_interval=2s",
    );
    assert.match(sessionOptions(1), /statement_timeout=800ms/);
  });

  it("fault 20 is known to have waited by what Postgres says, and by nothing else", () => {
    assert.ok(isLockTimeout("ERROR:  canceling statement due to lock timeout\n"));
    assert.ok(isLockTimeout("sqlalchemy.exc.OperationalError: (psycopg.errors.LockNotAvailable) …"));
    assert.ok(!isLockTimeout("ERROR:  canceling statement due to statement timeout"));
    assert.ok(isStatementTimeout("ERROR:  canceling statement due to statement timeout"));
    assert.ok(!isStatementTimeout("ERROR:  canceling statement due to lock timeout"));
    assert.ok(!isLockTimeout("deadlock detected"));
  });
});
