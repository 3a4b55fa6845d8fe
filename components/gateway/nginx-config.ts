import { GATEWAY_PORT } from "./gateway-port";
import { page } from "./nginx-page";

export { routesConfig } from "./nginx-routes";
export { siteConfig } from "./nginx-site";

/** Default of `GatewaySettings.drainSeconds`. */
const DRAIN_SECONDS = 30;
/** Default of `GatewaySettings.maxBodyMiB`. */
const MAX_BODY_MIB = 100;
/** Connections that a worker may have at a time, of clients and to containers together. */
const WORKER_CONNECTIONS = 8192;
/**
 * Default of `GatewaySettings.projectRequests`. Each takes a connection of its client and one to the container, so that
 * one project can take half of a worker's connections, even where a machine has a single worker.
 */
const PROJECT_REQUESTS = WORKER_CONNECTIONS / 4;
/** What the image's health check asks for; kept out of the log. */
const HEALTH_CHECK_HOST = "healthcheck.invalid";

export interface GatewaySettings {
  /** How long a request in flight may still run when a configuration is replaced, in seconds. Default 30. */
  drainSeconds?: number;
  /** Largest request body, in MiB. Default 100. */
  maxBodyMiB?: number;
  /** Most requests of a project at a time, open WebSockets included; more are answered 503. Default 2048. */
  projectRequests?: number;
}

/**
 * `nginx.conf`: what all projects share; their own files are included from below its folder.
 *
 * Every value of `projects.yml` that reaches a file of the gateway has passed the grammars of `config/`, which leave
 * no character that could end a directive.
 */
export function gatewayConfig(settings: GatewaySettings): string {
  return `user nginx;
worker_processes auto;
worker_rlimit_nofile 16384;
worker_shutdown_timeout ${settings.drainSeconds ?? DRAIN_SECONDS}s;
pid /run/nginx.pid;
error_log /dev/stderr warn;

events {
  worker_connections ${WORKER_CONNECTIONS};
}

http {
  default_type application/octet-stream;
  server_tokens off;
  absolute_redirect off;
  server_names_hash_bucket_size 512;
  # A request that is refused before its project is known has no values for these.
  uninitialized_variable_warn off;

  # Idle clients of a replaced worker are not cut off: they get this long to send their next request.
  keepalive_min_timeout 10s;
  keepalive_timeout 75s;
  keepalive_requests 10000;
  client_header_timeout 15s;
  client_body_timeout 60s;
  send_timeout 60s;
  client_max_body_size ${settings.maxBodyMiB ?? MAX_BODY_MIB}m;
  large_client_header_buffers 4 16k;

  # A project that answers slowly, or is flooded, leaves connections to the others. Counted for each release, so that
  # requests which hang in the one before do not stand in the way of the next. Nothing is counted where no project is.
  # nginx refuses a reload that changes the key of a zone: a zone with another key needs another name.
  limit_conn_zone $slipway_project$slipway_release zone=slipway_requests:1m;
  limit_conn slipway_requests ${settings.projectRequests ?? PROJECT_REQUESTS};
  limit_conn_status 503;
  # The log of requests has each of them.
  limit_conn_log_level info;

  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 1024;
  gzip_types text/plain text/css text/calendar text/javascript application/javascript application/json
    application/manifest+json application/xml image/svg+xml;

  # Queries stay out of the log: they may carry tokens.
  map $request_uri $slipway_path {
    "~^(?<path>[^?]*)" $path;
  }
  log_format slipway escape=json '{"time":"$time_iso8601","project":"$slipway_project","release":"$slipway_release",'
    '"method":"$request_method","host":"$host","path":"$slipway_path","status":$status,"bytes":$bytes_sent,'
    '"request_time":$request_time,"upstream_addr":"$upstream_addr","upstream_status":"$upstream_status",'
    '"upstream_response_time":"$upstream_response_time","remote_addr":"$remote_addr","request_id":"$request_id"}';
  access_log /dev/stdout slipway;

  # Docker's own name server, on every network of the container.
  resolver 127.0.0.11 valid=1s ipv6=off;
  resolver_timeout 5s;

  proxy_http_version 1.1;
  # Headers of an answer may take as much as those of a request: cookies of a login can be more than nginx' one page.
  proxy_buffer_size 16k;
  proxy_buffers 8 16k;
  proxy_busy_buffers_size 32k;
  proxy_connect_timeout 2s;
  proxy_send_timeout 60s;
  proxy_read_timeout 120s;
  # Another try only on a fresh connection after a kept one broke, and never for a request that is not idempotent.
  proxy_next_upstream error;
  proxy_next_upstream_tries 2;

  # Only WebSockets are upgraded: an upgrade to HTTP/2 would carry requests past this gateway.
  map $http_upgrade $slipway_upgrade {
    default "";
    "~*^websocket$" websocket;
  }
  map $slipway_upgrade $slipway_connection {
    default "";
    websocket upgrade;
  }
  # The port as the client sees it; nginx itself knows only the one inside its container.
  map $http_host $slipway_port {
    default "";
    "~(?<port>:[0-9]+)$" $port;
  }
  # Whatever a client sends under these names is overwritten.
  proxy_set_header Host $host$slipway_port;
  proxy_set_header Upgrade $slipway_upgrade;
  proxy_set_header Connection $slipway_connection;
  proxy_set_header X-Request-Id $request_id;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Host $host$slipway_port;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Port "";
  proxy_set_header X-Forwarded-Prefix "";
  proxy_set_header X-Forwarded-Server "";
  proxy_set_header Forwarded "";
  proxy_set_header Proxy "";
  proxy_hide_header X-Request-Id;
  proxy_hide_header X-Slipway-Release;

  server {
    listen ${GATEWAY_PORT} default_server;
    server_name _;
    set $slipway_project "";
    set $slipway_release "";
    default_type text/html;
    return 404 "${page("Not found", "No project answers at this address.")}";
  }

  server {
    listen ${GATEWAY_PORT};
    server_name ${HEALTH_CHECK_HOST};
    access_log off;
    return 204;
  }

  include routes/*/upstreams.conf;
  include sites/*.conf;
}
`;
}
