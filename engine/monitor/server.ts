import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { engineService } from "./engine-service";
import type { ProgramFolders } from "./register-request";
import type { ProgramRequests } from "./requests";
import { resourceMonitor } from "./resource-monitor";

/** 400 MiB, as the SDK sets on its side. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

export interface MonitorServer {
  /** `127.0.0.1:<port>`, chosen by the kernel. */
  address: string;
  close(): void;
}

/** Serves a program's ResourceMonitor and Engine on loopback. */
export async function serveMonitor(requests: ProgramRequests, folders: ProgramFolders): Promise<MonitorServer> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    // Nobody looks into it with gRPC's own tools.
    "grpc.enable_channelz": 0,
  });
  server.addService(ResourceMonitorService as never, resourceMonitor(requests, folders));
  server.addService(EngineService as never, engineService(requests));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}
