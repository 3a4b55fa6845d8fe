"""A small service with a database whose rows can be counted, and every way of being broken that a test asks for.

LEDGER_REVISION  the schema that it was made for: r1 or r2
LEDGER_FAULT     what is wrong with it as a server
LEDGER_MIGRATION what is wrong with its migration
LEDGER_SECONDS   after how long it dies
"""

import hashlib, base64, json, os, queue, signal, socket, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import psycopg

URL = os.environ["DATABASE_URL"]
REVISION = os.environ.get("LEDGER_REVISION", "r1")
FAULT = os.environ.get("LEDGER_FAULT", "")
MIGRATION = os.environ.get("LEDGER_MIGRATION", "")
SECONDS = float(os.environ.get("LEDGER_SECONDS", "5"))

REVISIONS = ["r1", "r2"]
UP = {
    "r1": "create table rows (id bigserial primary key, n integer not null);"
    "create table deaths (host text primary key)",
    "r2": "alter table rows add column note text",
}
DOWN = {"r2": "alter table rows drop column note", "r1": "drop table rows; drop table deaths"}


def revision(connection):
    connection.execute("create table if not exists revision (id text not null)")
    row = connection.execute("select id from revision").fetchone()
    return row[0] if row else ""


def set_revision(connection, name):
    connection.execute("delete from revision")
    if name:
        connection.execute("insert into revision values (%s)", (name,))


def pending(now):
    return REVISIONS[REVISIONS.index(now) + 1 if now else 0 : REVISIONS.index(REVISION) + 1]


def migrate(verb):
    with psycopg.connect(URL) as connection:  # One transaction.
        now = revision(connection)
        if verb == "current":
            print(now)
        elif verb == "pending":
            print("".join(f"{name}\n" for name in pending(now)), end="")
        elif verb == "downgrade":
            connection.execute(DOWN[now])
            set_revision(connection, REVISIONS[REVISIONS.index(now) - 1] if now != "r1" else "")
        elif verb == "upgrade":
            for name in pending(now):
                if MIGRATION == "statement":
                    connection.execute("select pg_sleep(3600)")
                if MIGRATION == "endless":
                    time.sleep(3600)
                connection.execute(UP[name])
                set_revision(connection, name)
                if MIGRATION == "half":
                    connection.execute("alter table rows add column note text")  # It is there already.
                if MIGRATION == "commits":  # As a tool with a transaction for each step, of which the next one fails.
                    connection.commit()
                    sys.exit("the next step failed")


idle = queue.SimpleQueue()


def run(action):
    """On a kept connection, committed before it returns."""
    try:
        connection = idle.get_nowait()
    except queue.Empty:
        connection = psycopg.connect(URL)
    try:
        result = action(connection)
        connection.commit()
    except BaseException as error:
        connection.close()
        if isinstance(error, psycopg.OperationalError):
            forget_idle()
        raise
    idle.put(connection)
    return result


def forget_idle():
    """As a pool does: where one connection was ended, as by a swap of the database, the others were, too."""
    while not idle.empty():
        try:
            idle.get_nowait().close()
        except queue.Empty:
            return


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0
    probed = 0

    def log_message(self, *_):
        pass

    def answer(self, status, body="", headers=()):
        data = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        query = parse_qs(urlparse(self.path).query)
        n = int(query["n"][0])
        time.sleep(float(query.get("after", ["0"])[0]))
        try:
            run(lambda connection: connection.execute("insert into rows (n) values (%s)", (n,)))
        except psycopg.Error as error:
            return self.answer(503, f"{error}\n")
        self.answer(201)

    def do_GET(self):
        path = urlparse(self.path).path
        if path == "/healthz":
            return self.health()
        if path == "/slow":
            time.sleep(2)
            return self.answer(200, "slow\n")
        if path == "/rows":
            rows = run(lambda connection: connection.execute("select n from rows order by id").fetchall())
            return self.answer(200, json.dumps([n for n, in rows]))
        if path == "/echo":
            return self.echo()
        Handler.asked += 1
        # Not what looks at it once after the switch: this is about what only the watch sees.
        if FAULT == "errors" and urlparse(self.path).query and Handler.asked % 5 == 0:
            return self.answer(500, "one of five\n")
        if FAULT == "slow" and Handler.asked % 20 == 0:
            time.sleep(1.5)
        self.answer(200, f"ledger {REVISION}\n")

    def health(self):
        Handler.probed += 1
        if FAULT == "unhealthy" or (FAULT == "flaps" and Handler.probed % 2 == 0):
            return self.answer(503, "not well\n")
        if FAULT == "unconfirmed" and "X-Forwarded-For" in self.headers:  # Well for who asks past the gateway.
            return self.answer(503, "not well\n")
        if FAULT == "hangs":
            time.sleep(3600)
        if FAULT == "redirects":
            return self.answer(302, headers=[("Location", "/")])
        if FAULT == "error-page":
            return self.answer(200, "<h1>Something went wrong</h1>\n")
        self.answer(200, "ledger is well\n")

    def echo(self):
        """A WebSocket whose bytes come back as they are; no frame is looked into."""
        key = self.headers.get("Sec-WebSocket-Key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_response(101)
        for name, value in [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)]:
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        while data := self.connection.recv(4096):
            self.connection.sendall(data)


def die_for_good():
    """From then on it dies at once whenever Docker starts it again."""
    time.sleep(SECONDS)
    run(lambda connection: connection.execute("insert into deaths values (%s)", (socket.gethostname(),)))
    print("out of luck", flush=True)
    os._exit(7)


def die_again_and_again():
    """It is well in between."""
    time.sleep(SECONDS)
    print("out of luck again", flush=True)
    os._exit(7)


def is_dead():
    where = (socket.gethostname(),)
    return run(lambda connection: connection.execute("select 1 from deaths where host = %s", where).fetchone())


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def serve():
    if FAULT == "exits":
        sys.exit("cannot open the ledger")
    if FAULT == "dies":
        if is_dead():
            sys.exit("still out of luck")
        threading.Thread(target=die_for_good, daemon=True).start()
    if FAULT == "loops":
        threading.Thread(target=die_again_and_again, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Server(("", 8080), Handler).serve_forever()


serve() if len(sys.argv) == 1 else migrate(sys.argv[1])
