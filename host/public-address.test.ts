import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { LookupFunction } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPublicAddress, type PublicAddressOptions } from "./public-address";

const RELEASE = "3f2a91c04e";

describe("public address", function () {
  this.timeout(20_000);
  let folder: string;
  let ca: string;
  let key: string;
  let cert: string;
  let server: Server;
  /** What the next requests are answered with; then 200. */
  let statuses: number[];
  let release: string;
  let requests: string[];

  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-public-"));
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
    openssl(
      "req",
      "-x509",
      ...curve,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=ca of the tests",
    );
    openssl("req", ...curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=shop.test");
    await writeFile(join(folder, "names"), "subjectAltName=DNS:shop.test\n");
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-extfile", "names"];
    openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", "-days", "1", ...signed);
    [ca, key, cert] = (await Promise.all(
      ["ca.pem", "key.pem", "cert.pem"].map((name) => readFile(join(folder, name), "utf8")),
    )) as [string, string, string];
  });
  after(() => rm(folder, { recursive: true }));

  beforeEach(async () => {
    statuses = [];
    requests = [];
    release = RELEASE;
    server = createServer({ key, cert }, (request, answer) => {
      requests.push(`${request.headers.host} ${request.url}`);
      answer.writeHead(statuses.shift() ?? 200, { "X-Slipway-Release": release }).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterEach(() => stop());

  async function stop(): Promise<void> {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  /** Every name leads to the server, except for unknown.test. */
  const lookup: LookupFunction = (name, options, done) => {
    if (name === "unknown.test") return done(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "");
    if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }]);
    else done(null, "127.0.0.1", 4);
  };

  let port: number;
  async function check(domain: string, changes: PublicAddressOptions = {}): Promise<string[]> {
    port = (server.address() as { port: number } | null)?.port ?? port;
    const options = { port, ca, lookup, pause: async () => undefined, ...changes };
    const found = await checkPublicAddress([domain], RELEASE, options);
    return found.map(({ check, severity, text }) => `${check} ${severity}: ${text}`);
  }

  it("MT-19 asks the health path of each domain over HTTPS, with a verified certificate and the expected release", async () => {
    assert.deepEqual(await check("shop.test"), []);
    assert.deepEqual(requests, [`shop.test:${port} /healthz`]);
  });

  it("MT-19 asks a project that has no path for its health at /: what is no failure will do", async () => {
    statuses = [404, 500, 500, 500];
    assert.deepEqual(await check("shop.test", { path: "/" }), []);
    assert.deepEqual(requests, [`shop.test:${port} /`]);
    assert.deepEqual(await check("shop.test", { path: "/" }), ["https://shop.test/ error: it answered 500"]);
  });

  it("MT-19 RB-05 tells of another status, and of another release", async () => {
    statuses = [404];
    assert.deepEqual(await check("shop.test"), ["https://shop.test/healthz error: it answered 404"]);
    assert.equal(requests.length, 1);
    release = "aaaaaaaaaa";
    assert.match((await check("shop.test"))[0] as string, /release aaaaaaaaaa answers instead of 3f2a91c04e/);
  });

  it("MT-19 tells of a certificate that nobody vouches for, and of one for another name", async () => {
    const [unknownIssuer] = await check("shop.test", { ca: undefined });
    assert.match(unknownIssuer as string, /error: its certificate is not good \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/);
    const [wrongName] = await check("blog.test");
    assert.match(wrongName as string, /error: its certificate is not good \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
  });

  it("MT-19 tells of a name that does not resolve, and what to do", async () => {
    const [text] = await check("unknown.test");
    assert.match(text as string, /the name does not resolve \(ENOTFOUND\); point a DNS record of unknown\.test at/);
  });

  it("MT-19 SC-12 tries a transient fault again: a busy server, and one that does not listen yet", async () => {
    statuses = [503, 502];
    assert.deepEqual(await check("shop.test"), []);
    assert.equal(requests.length, 3);
    await stop();
    let pauses = 0;
    const [text] = await check("shop.test", { pause: async () => void pauses++ });
    assert.match(text as string, /ECONNREFUSED/);
    assert.equal(pauses, 2);
    server.listen(0, "127.0.0.1");
  });
});
