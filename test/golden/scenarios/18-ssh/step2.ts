import * as pulumi from "@pulumi/pulumi";
import * as command from "@pulumi/command";
import { readFileSync } from "fs";
const env = (n: string) => process.env[n]!;
const key = readFileSync(env("GOLDEN_SSH_KEY"), "utf8");
const otherKey = readFileSync(env("GOLDEN_SSH_OTHER_KEY"), "utf8");
const hostKey = env("GOLDEN_SSH_HOST_KEY");
const otherHostKey = env("GOLDEN_SSH_OTHER_HOST_KEY");
const dir = env("GOLDEN_SSH_DIR");
const connection = { host: "127.0.0.1", port: Number(env("GOLDEN_SSH_PORT")), user: env("GOLDEN_SSH_USER"), privateKey: key, dialErrorLimit: 2, perDialTimeout: 5 };

const c = new command.remote.Command("c", { connection, create: `echo created; echo err >&2; echo create-c >> ${dir}/order.log`, update: `echo updated from $PULUMI_COMMAND_STDOUT; echo update-c >> ${dir}/order.log`, delete: `echo delete-c >> ${dir}/order.log`, environment: { A: "2" }, stdin: "in" });
const t = new command.remote.Command("t", { connection, create: "cat; echo t", stdin: "piped ", triggers: ["2"], logging: command.remote.Logging.None });
const h = new command.remote.Command("h", { connection: { ...connection, hostKey, perDialTimeout: 6 }, create: "echo host key checked" });
export const out = c.stdout;
