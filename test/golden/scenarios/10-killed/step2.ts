import * as command from "@pulumi/command";
const a = new command.local.Command("a", { create: "echo a", delete: "touch started; sleep 3; echo delete-a >> order.log" });
export const out = a.stdout;
