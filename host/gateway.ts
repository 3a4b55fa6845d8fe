import { changeGateway } from "./change-gateway";
import { recordFileEpoch } from "./file-epoch";
import type { Layout } from "./layout";
import type { Log } from "./log";
import type { GatewayRequest } from "./requests";

/** Writes the gateway's own `nginx.conf`, before its container starts or while it runs. */
export async function configureGateway(
  layout: Layout,
  log: Log,
  wanted: GatewayRequest,
): Promise<{ changed: boolean }> {
  const { changed } = await changeGateway(layout, wanted.gateway.container, "configure", {
    "nginx.conf": wanted.config,
  });
  await recordFileEpoch(layout, "nginx.conf", wanted.epoch);
  log.info(changed ? "the gateway has its configuration" : "the gateway's configuration is as it should be");
  return { changed };
}
