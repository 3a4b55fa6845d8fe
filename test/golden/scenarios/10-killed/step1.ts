import * as command from "@pulumi/command";
const a = new command.local.Command("a", { create: "echo a", delete: "echo delete-a >> order.log" });
const slow = new command.local.Command("slow", { create: "touch started; sleep 3; echo slow", delete: "echo delete-slow >> order.log" }, { dependsOn: [a] });
const b = new command.local.Command("b", { create: "echo b" }, { dependsOn: [slow] });
export const out = b.stdout;
