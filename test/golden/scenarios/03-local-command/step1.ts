import * as pulumi from "@pulumi/pulumi";
import * as command from "@pulumi/command";

const c = new command.local.Command("c", {
  create: "echo created; echo to-stderr >&2; echo create-c >> order.log",
  update: "echo updated from $PULUMI_COMMAND_STDOUT; echo update-c >> order.log",
  delete: "echo deleted after $PULUMI_COMMAND_STDOUT; echo delete-c >> order.log",
  environment: { A: "1" },
});
const t = new command.local.Command("t", { create: "echo create-t >> order.log; echo t1", delete: "echo delete-t >> order.log", triggers: ["one", 1, { a: [true] }] });
const i = new command.local.Command("i", { create: "cat; echo end", stdin: "line 1\nline 2\n" });
const n = new command.local.Command("n", { create: "console.log(process.env.X, process.cwd().endsWith('sub'))", interpreter: ["node", "-e"], dir: "sub", environment: { X: "ex" } });
const l = new command.local.Command("l", { create: "echo out; echo err >&2", logging: command.local.Logging.None });
const lo = new command.local.Command("lo", { create: "echo out; echo err >&2", logging: command.local.Logging.Stdout });
const le = new command.local.Command("le", { create: "echo out; echo err >&2", logging: command.local.Logging.Stderr });
const a = new command.local.Command("a", { create: "echo asset run", dir: "sub", assetPaths: ["*.txt"], archivePaths: ["*.txt"] });
const two = new command.local.Command("two", { create: "printf 'a\\nb\\n\\n'" });
export const cOut = c.stdout;
export const cErr = c.stderr;
export const nOut = n.stdout;
export const twoOut = two.stdout;
