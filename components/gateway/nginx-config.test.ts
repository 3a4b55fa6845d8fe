import { strict as assert } from "node:assert";
import type { ContainerSpec, Project } from "../../config/project";
import { defaults } from "../../config/project.fixture";
import { gatewayConfig, routesConfig, siteConfig } from "./nginx-config";

const common = {
  responseTimeLimitMs: 1000,
  limits: { memoryMiB: 256, cpus: 1, pids: 256, logMiB: 30 },
  readOnly: true,
  tmpfs: [],
  volumes: [],
  capabilities: [],
};
const times = { intervalSeconds: 0.25, timeoutSeconds: 5, deadlineSeconds: 120 };

const backend: ContainerSpec = {
  ...common,
  name: "api",
  port: 8000,
  routes: ["/api/", "/feed.ics"],
  health: { ...times, path: "/up" },
};

const frontend: ContainerSpec = {
  ...common,
  name: "web",
  port: 8080,
  routes: [],
  health: { ...times, path: "/healthz" },
};

const worker: ContainerSpec = { ...common, name: "mail", routes: [], health: { ...times, command: ["ping"] } };

const project: Project = {
  name: "shop",
  domains: ["shop.localhost"],
  containers: [backend, frontend, worker],
  variables: { required: [], defaults: {}, promised: {} },
  database: "none",
  smokeTests: [],
  keyTables: [],
  ...defaults,
};

describe("the gateway's own configuration", () => {
  const lines = (text: string) => text.split("\n").map((line) => line.trim());

  it("drains for 30 s and takes 100 MiB unless told otherwise; nothing else depends on that", () => {
    const before = lines(gatewayConfig({}));
    const after = lines(gatewayConfig({ drainSeconds: 5, maxBodyMiB: 1 }));
    assert.deepEqual(
      before.filter((line) => !after.includes(line)),
      ["worker_shutdown_timeout 30s;", "client_max_body_size 100m;"],
    );
    assert.deepEqual(
      after.filter((line) => !before.includes(line)),
      ["worker_shutdown_timeout 5s;", "client_max_body_size 1m;"],
    );
  });

  it("leaves half of a worker's connections to other projects: each request takes two", () => {
    const found = lines(gatewayConfig({})).filter((line) => /^(worker_connections|limit_conn )/.test(line));
    assert.deepEqual(found, ["worker_connections 8192;", "limit_conn slipway_requests 2048;"]);
    assert.ok(lines(gatewayConfig({ projectRequests: 2 })).includes("limit_conn slipway_requests 2;"));
  });

  it("names no project: they are included from below its own folder", () => {
    const includes = lines(gatewayConfig({})).filter((line) => line.startsWith("include"));
    assert.deepEqual(includes, ["include routes/*/upstreams.conf;", "include sites/*.conf;"]);
  });
});

describe("a project's own file", () => {
  it("MT-02 has its names, and answers 503 until a rollout has written its routes", () => {
    assert.equal(
      siteConfig({ ...project, domains: ["shop.example.com", "www.shop.example.com"] }),
      `server {
  listen 8080;
  server_name shop.example.com www.shop.example.com;
  default_type text/html;
  set $slipway_project shop;
  set $slipway_release "";
  include routes/shop/locations*.conf;
  if ($slipway_release = "") {
    return 503 "<!doctype html><html lang=en><meta charset=utf-8><title>Not deployed</title><h1>Not deployed</h1><p>shop has no release yet.</p>";
  }
}
`,
    );
  });

  it("is empty without a domain", () => assert.equal(siteConfig({ ...project, domains: [] }), ""));
});

describe("the routes of a release", () => {
  const names = { api: "shop-api-3f2a-1", web: "shop-web-3f2a-2", mail: "shop-mail-3f2a-3" };

  it("MT-02 send prefixes to the backend, everything else to the frontend, nothing to a worker", () => {
    const { upstreams, locations } = routesConfig(project, "3f2a", names);
    assert.equal(
      upstreams,
      `upstream shop_api {
  zone shop_api 64k;
  server shop-api-3f2a-1:8000 resolve max_fails=0;
  keepalive 32;
  keepalive_timeout 1s;
}

upstream shop_web {
  zone shop_web 64k;
  server shop-web-3f2a-2:8080 resolve max_fails=0;
  keepalive 32;
  keepalive_timeout 1s;
}
`,
    );
    assert.equal(
      locations,
      `set $slipway_release 3f2a;
add_header X-Slipway-Release 3f2a always;
add_header X-Request-Id $request_id always;

location = /healthz {
  rewrite ^ /up break;
  proxy_pass http://shop_api;
  error_page 502 = @api;
}

location = /api {
  proxy_pass http://shop_api;
  error_page 502 = @api;
}

location /api/ {
  proxy_pass http://shop_api;
  error_page 502 = @api;
}

location = /feed.ics {
  proxy_pass http://shop_api;
  error_page 502 = @api;
}

location @api {
  if ($upstream_addr ~ :) {
    return 502;
  }
  set $slipway_server shop-api-3f2a-1:8000;
  proxy_pass http://$slipway_server;
}

location / {
  proxy_pass http://shop_web;
  error_page 502 = @web;
}

location @web {
  if ($upstream_addr ~ :) {
    return 502;
  }
  set $slipway_server shop-web-3f2a-2:8080;
  proxy_pass http://$slipway_server;
}
`,
    );
  });

  const paths = (containers: (typeof project)["containers"]) => {
    const { locations } = routesConfig({ ...project, containers }, "r", names);
    return [...locations.matchAll(/^location ([^@]*?) \{\n.*\n?.*proxy_pass http:\/\/shop_(\w+);/gm)].map((found) =>
      found.slice(1),
    );
  };

  it("answer 404 for the rest where no container takes it", () => {
    const { locations } = routesConfig({ ...project, containers: [backend] }, "r", names);
    assert.ok(locations.endsWith("location / {\n  return 404;\n}\n"));
  });

  it("answer /healthz from the frontend where there is no backend", () => {
    assert.deepEqual(paths([frontend]), [
      ["= /healthz", "web"],
      ["/", "web"],
    ]);
  });

  it("answer /healthz from a backend whatever the order of containers", () => {
    assert.deepEqual(paths([frontend, backend])[0], ["= /healthz", "api"]);
  });

  it("leave /healthz to a container that has it among its routes, or where only commands tell", () => {
    for (const route of ["/healthz", "/healthz/"]) {
      const own = { ...backend, routes: [route] };
      assert.equal(paths([own, frontend]).filter(([path]) => path === "= /healthz").length, 1);
    }
    const health = { ...frontend.health, path: undefined, command: ["ping"] };
    assert.deepEqual(paths([{ ...frontend, health }, worker]), [["/", "web"]]);
  });

  it("send a path itself where a route names it, not where a prefix covers it", () => {
    const other = { ...backend, name: "mail", routes: ["/api"] };
    assert.deepEqual(paths([{ ...backend, routes: ["/api/"] }, other]).slice(1), [
      ["/api/", "api"],
      ["= /api", "mail"],
    ]);
  });

  it("name a project's parts so that no other project's can have the same name", () => {
    const upstreamOf = (name: string, container: string) =>
      routesConfig({ ...project, name, containers: [{ ...frontend, name: container }] }, "r", {}).upstreams.split(
        " ",
      )[1];
    assert.notEqual(upstreamOf("a-b", "c"), upstreamOf("a", "b-c"));
  });
});
