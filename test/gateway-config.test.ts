import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import { type GatewaySettings, gatewayConfig, routesConfig, siteConfig } from "../components/gateway/nginx-config";
import type { Environment, Project } from "../config/project";
import { loadProjects } from "../config/projects-file";
import { type Files, GatewaySandbox } from "./support/gateway-sandbox";
import { httpRequest } from "./support/http-request";
import { until } from "./support/until";

/** A whole configuration in which every project but those without a release is routed. */
function configuration(projects: Project[], release: string, settings: GatewaySettings = {}): Files {
  const files: Files = { "nginx.conf": gatewayConfig(settings) };
  for (const project of projects) {
    files[`sites/${project.name}.conf`] = siteConfig(project);
    if (project.name.startsWith("soon")) continue;
    const names = project.containers.map(({ name }) => [name, `${name}-${release}`]);
    const { upstreams, locations } = routesConfig(project, release, Object.fromEntries(names));
    files[`routes/${project.name}/upstreams.conf`] = upstreams;
    files[`routes/${project.name}/locations.conf`] = locations;
  }
  return files;
}

function reference(environment: Environment): Project[] {
  const file = "docs/projects.reference.yml";
  return loadProjects(readFileSync(resolve(__dirname, "..", file), "utf8"), file, environment);
}

describe("the gateway's configuration in nginx", function () {
  this.timeout(120_000);
  let sandbox: GatewaySandbox;
  before(async () => {
    sandbox = await GatewaySandbox.create();
  });
  after(() => sandbox[Symbol.asyncDispose]());

  for (const environment of ["production", "staging", "local"] as const) {
    it(`MT-02 of the reference is valid for ${environment}`, async () => {
      assert.equal(await sandbox.test(configuration(reference(environment), "3f2a91c04e")), "");
    });
  }

  it("MT-02 is valid without a project, and without a release", async () => {
    assert.equal(await sandbox.test(configuration([], "r")), "");
    const [project] = reference("local") as [Project];
    assert.equal(await sandbox.test(configuration([{ ...project, name: "soon" }], "r")), "");
  });

  it("MT-02 is valid with the longest and strangest that projects.yml may hold, and with 500 projects", async () => {
    const label = "a".repeat(62);
    const web = (routes: string) => `{ port: 65535, ${routes} health: { path: /~a/.b/c_d-e/ } }`;
    const strange = `
projects:
  ${"p-".repeat(5)}pp:
    domains: { local: [${label}.${label}.${label}.${label}.a, 0-1--2.xn--bcher-kva.example] }
    containers:
      ${"c".repeat(31)}: ${web("routes: [/~/, /-/., /_., /.../, /a-z/A.Z/0_9~, /a-z/A.Z/0_9~/],")}
      set: ${web("routes: [/return/, /if],")}
      default: ${web("")}
`.replace("/-/., ", "");
    const many = Array.from({ length: 500 }, (_, index) => ({
      ...(reference("local")[0] as Project),
      name: `p${index}`,
      domains: [`p${index}.example.com`, `www.p${index}.example.com`],
    }));
    const projects = [...loadProjects(strange, "projects.yml", "local"), ...many];
    assert.equal(await sandbox.test(configuration(projects, "r")), "");
  });

  it("nginx finds fault with what the grammars refuse: so it matters that they do", async () => {
    const [project] = reference("local") as [Project];
    const files = configuration([{ ...project, domains: ["a.com; retrun 200 x"] }], "r");
    assert.match(await sandbox.test(files), /unknown directive "retrun"/);
  });
});

describe("requests through the gateway", function () {
  this.timeout(120_000);
  const projects = loadProjects(
    `
projects:
  shop:
    domains: { local: [shop.localhost, www.shop.localhost] }
    containers:
      api: { port: 8000, routes: [/api/, /feed.ics], health: { path: /up } }
      web: { port: 8080, health: { path: / } }
  lost:
    domains: { local: [lost.localhost] }
    containers:
      gone: { port: 8080, health: { path: / } }
  soon:
    domains: { local: [soon.localhost] }
    containers:
      web: { port: 8080, health: { path: / } }
`,
    "projects.yml",
    "local",
  );
  let sandbox: GatewaySandbox;
  const of = (release: string) => configuration(projects, release);
  const get = (path: string, headers: Record<string, string> = {}, host = "shop.localhost") =>
    httpRequest(sandbox.port, host, path, { headers });
  const echoed = async (path: string, headers?: Record<string, string>) =>
    JSON.parse((await get(path, headers)).body) as { name: string; url: string; headers: Record<string, string> };

  before(async () => {
    sandbox = await GatewaySandbox.create();
    for (const release of ["r1", "r2"]) {
      await sandbox.startEcho(`api-${release}`, 8000);
      await sandbox.startEcho(`web-${release}`, 8080);
    }
    await sandbox.start(of("r1"));
    await until("both containers to answer", async () => {
      const [api, web] = await Promise.all([get("/api/"), get("/")]);
      return api.status === 200 && web.status === 200;
    });
  });
  after(() => sandbox[Symbol.asyncDispose]());

  for (const [path, container] of [
    ["/api/users?a=b%2Fc", "api"],
    ["/api/", "api"],
    ["/api", "api"],
    ["/feed.ics", "api"],
    ["/", "web"],
    ["/apis", "web"],
    ["/feed.ics/x", "web"],
    ["/a/../feed.ic", "web"],
  ] as const) {
    it(`MT-02 ${path} goes to ${container}, as it was asked for`, async () => {
      const { name, url } = await echoed(path);
      assert.deepEqual([name, url], [`${container}-r1`, path]);
    });
  }

  it("/healthz is the backend's health path, also by another name of the project", async () => {
    const { body } = await get("/healthz", {}, "www.shop.localhost");
    assert.deepEqual([JSON.parse(body).name, JSON.parse(body).url], ["api-r1", "/up"]);
  });

  it("an answer names its release and its request; a container cannot say otherwise", async () => {
    const { headers, body } = await get("/");
    assert.equal(headers["x-slipway-release"], "r1");
    assert.equal(headers["x-request-id"], JSON.parse(body).headers["x-request-id"]);
    assert.equal(headers.server, "nginx");
  });

  it("an answer may have headers of 15 KiB", async () => {
    const { status, headers } = await get("/", { "x-answer-header-bytes": String(15 * 1024) });
    assert.equal(status, 200);
    assert.equal(String(headers["x-filler"]).length, 15 * 1024);
  });

  it("what a client says of its origin is overwritten", async () => {
    const { headers } = await echoed("/", {
      host: "shop.localhost:8080",
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-host": "evil.example.com",
      "x-forwarded-proto": "https",
      "x-forwarded-prefix": "/evil",
      "x-real-ip": "6.6.6.6",
      "x-request-id": "evil",
      forwarded: "for=6.6.6.6",
      proxy: "http://evil.example.com",
    });
    assert.deepEqual(
      Object.entries(headers).filter(([, value]) => /evil|6\.6\.6\.6|https/.test(value)),
      [],
    );
    assert.equal(headers.host, "shop.localhost:8080");
    assert.equal(headers["x-forwarded-host"], "shop.localhost:8080");
    assert.equal(headers["x-forwarded-proto"], "http");
  });

  it("a host that no project has is answered 404 with a plain page", async () => {
    const { status, body } = await get("/", {}, "nobody.example.com");
    assert.equal(status, 404);
    assert.match(body, /No project answers at this address/);
  });

  it("a project without a release is answered 503, at /healthz too, and named", async () => {
    for (const path of ["/", "/healthz", "/api/"]) {
      const { status, body, headers } = await get(path, {}, "soon.localhost");
      assert.equal(status, 503);
      assert.match(body, /soon has no release yet/);
      assert.equal(headers["x-slipway-release"], undefined);
    }
  });

  it("MT-22 a project whose container is not there is answered 502, and the others as ever", async () => {
    assert.equal((await get("/", {}, "lost.localhost")).status, 502);
    assert.equal((await get("/")).status, 200);
  });

  it("a WebSocket passes in both directions; no other upgrade does", async () => {
    const socket = await webSocket(sandbox.port, "shop.localhost");
    const text = await new Promise<string>((done) => {
      socket.setEncoding("utf8").once("data", done);
      socket.write("ahoy");
    });
    socket.destroy();
    assert.equal(text, "ahoy");
    const { headers } = await echoed("/", {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "",
    });
    assert.equal(headers.upgrade, undefined);
  });

  it("the log has a line of JSON for each request, with project and release and without the query", async () => {
    await get("/api/secret?token=s3cret");
    const line = await until("the line", async () =>
      (await sandbox.accessLog()).find(({ path }) => path === "/api/secret"),
    );
    const { project, release, method, host, status } = line;
    assert.deepEqual(
      { project, release, method, host, status },
      { project: "shop", release: "r1", method: "GET", host: "shop.localhost", status: 200 },
    );
    assert.equal(typeof line.request_time, "number");
    assert.doesNotMatch(JSON.stringify(await sandbox.accessLog()), /s3cret/);
  });

  it("MT-27 a request that broke in the container is answered 502 and not sent again", async () => {
    const { crashes } = JSON.parse((await get("/api/")).body) as { crashes: number };
    const { status } = await httpRequest(sandbox.port, "shop.localhost", "/api/crash", { method: "POST", body: "pay" });
    assert.equal(status, 502);
    assert.equal(JSON.parse((await get("/api/")).body).crashes, crashes + 1);
  });

  it("MT-27 switches of the release fail no request, on new connections and with bodies", async () => {
    await using load = new Load(sandbox.port, "shop.localhost");
    for (const release of ["r2", "r1", "r2", "r1", "r2"]) {
      await sandbox.reload(of(release));
      // As many as tell that the workers of the configuration before take no new connections.
      const enough = load.answered(`200 ${release}`) + 100;
      await until(`answers of release ${release}`, () => load.answered(`200 ${release}`) >= enough);
    }
    assert.deepEqual((await load.stop()).sort(), ["200 r1", "200 r2"]);
  });

  it("MT-27 a request that comes before an upstream has its address waits for it, body and all", async () => {
    const files = of("r1");
    for (const [path, text] of Object.entries(files)) {
      // New names, so that no address is known from before, and a name server that does not answer for them; the one
      // for requests that wait is as it was.
      const renamed = text.replaceAll("shop_", "fresh_").replaceAll("Release r1", "Release early");
      files[path] = renamed.replace(/^( +)zone fresh_/gm, "$1resolver 127.0.0.1:9;\n$&");
    }
    await sandbox.reload(files);
    const { status, body } = await until("a worker of this configuration", async () => {
      const answer = await httpRequest(sandbox.port, "shop.localhost", "/api/x?a=b", { method: "PUT", body: "ahoy" });
      return answer.headers["x-slipway-release"] === "early" && answer;
    });
    assert.equal(status, 200, body);
    const { name, method, url, body: received } = JSON.parse(body);
    assert.deepEqual([name, method, url, received], ["api-r1", "PUT", "/api/x?a=b", "ahoy"]);
    await until("its line in the log", async () =>
      (await sandbox.accessLog()).some((line) => line.upstream_status === "502 : 200"),
    );
  });
});

describe("the limit of a project's requests at a time", function () {
  this.timeout(120_000);
  const project = (name: string) => `
  ${name}:
    domains: { local: [${name}.localhost] }
    containers:
      web: { port: 8080, health: { path: / } }`;
  const projects = loadProjects(`projects:${project("shop")}${project("blog")}\n`, "projects.yml", "local");
  const of = (release: string) => configuration(projects, release, { projectRequests: 2 });
  let sandbox: GatewaySandbox;
  const status = async (host: string, path = "/") => (await httpRequest(sandbox.port, host, path)).status;

  before(async () => {
    sandbox = await GatewaySandbox.create();
    for (const release of ["r1", "r2"]) await sandbox.startEcho(`web-${release}`, 8080);
    await sandbox.start(of("r1"));
    await until("the container to answer", async () => (await status("shop.localhost")) === 200);
  });
  after(() => sandbox[Symbol.asyncDispose]());

  it("MT-22 above it the project is answered 503, and another one as ever; then it is served again", async () => {
    const open = [await webSocket(sandbox.port, "shop.localhost"), await webSocket(sandbox.port, "shop.localhost")];
    try {
      for (const path of ["/", "/healthz"]) assert.equal(await status("shop.localhost", path), 503);
      assert.equal(await status("blog.localhost"), 200);
      assert.equal(await status("nobody.example.com"), 404);
      assert.equal(await status("healthcheck.invalid"), 204);
      const refused = (await sandbox.accessLog()).find((line) => line.status === 503);
      assert.deepEqual([refused?.project, refused?.release], ["shop", "r1"]);
    } finally {
      for (const socket of open) socket.destroy();
    }
    await until("an answer again", async () => (await status("shop.localhost")) === 200);
  });

  it("a kept connection counts for nothing between two requests", async () => {
    const agents = Array.from({ length: 5 }, () => new Agent({ keepAlive: true }));
    for (const agent of agents) assert.equal(await statusOver(agent, sandbox.port, "shop.localhost"), 200);
    for (const agent of agents) agent.destroy();
  });

  it("MT-27 what hangs in the release before does not stand in the way of the next one", async () => {
    const open = [await webSocket(sandbox.port, "shop.localhost"), await webSocket(sandbox.port, "shop.localhost")];
    try {
      assert.equal(await status("shop.localhost"), 503);
      await sandbox.reload(of("r2"));
      await until("the next release", async () => (await status("shop.localhost")) === 200);
      assert.ok(open.every((socket) => !socket.destroyed));
    } finally {
      for (const socket of open) socket.destroy();
    }
  });
});

/** The status of an answer that came over a connection which its agent keeps. */
function statusOver(agent: Agent, port: number, host: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    const sent = request({ host: "127.0.0.1", port, agent, headers: { host } }, (answer) => {
      answer.resume().on("end", () => done(answer.statusCode));
    });
    sent.on("error", fail).end();
  });
}

/** An open one to `/ws` of a host. */
function webSocket(port: number, host: string): Promise<Duplex> {
  return new Promise((done, fail) => {
    const headers = { host, connection: "Upgrade", upgrade: "websocket" };
    const sent = request({ host: "127.0.0.1", port, path: "/ws", agent: false, headers });
    sent.on("upgrade", (_answer, socket) => done(socket));
    sent.on("response", ({ statusCode }) => fail(new Error(`answered ${statusCode}`)));
    sent.on("error", fail);
    sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
    sent.end();
  });
}

/** Requests on connections of their own, a few at a time, until stopped; every second one has a body. */
class Load implements AsyncDisposable {
  private readonly kinds = new Map<string, number>();
  private readonly done: Promise<unknown>;
  private isStopped = false;

  constructor(
    private readonly port: number,
    private readonly host: string,
  ) {
    this.done = Promise.all(Array.from({ length: 10 }, (_, index) => this.send(index)));
  }

  /** How many requests were answered so: `<status> <release>`. */
  answered(kind: string): number {
    return this.kinds.get(kind) ?? 0;
  }

  /** All kinds of answers that there were. */
  async stop(): Promise<string[]> {
    this.isStopped = true;
    await this.done;
    return [...this.kinds.keys()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async send(first: number): Promise<void> {
    for (let index = first; !this.isStopped; index++) {
      const sent = index % 2 === 0 ? {} : { method: "POST", body: "x".repeat(100) };
      const kind = await httpRequest(this.port, this.host, index % 3 === 0 ? "/" : "/api/", sent).then(
        ({ status, headers }) => `${status} ${headers["x-slipway-release"]}`,
        ({ message }: Error) => message,
      );
      this.kinds.set(kind, this.answered(kind) + 1);
    }
  }
}
