/** The commands of `ironbark`; each group and each command is loaded when it is typed. */
import { defineCommand } from "citty";
import type { AnyCommand } from "./command.ts";
import { version } from "./version.ts";

export const root: AnyCommand = defineCommand({
  meta: {
    name: "ironbark",
    version,
    description: "Train, evaluate and serve language models for software security",
  },
  subCommands: {
    run: () => import("./commands/run.ts").then((file) => file.default),
    train: () => import("./commands/train.ts").then((file) => file.default),
    env: () => import("./commands/env.ts").then((file) => file.default),
    data: () => import("./commands/data.ts").then((file) => file.default),
    verify: () => import("./commands/verify.ts").then((file) => file.default),
    scan: () => import("./commands/scan.ts").then((file) => file.default),
    triage: () => import("./commands/triage.ts").then((file) => file.default),
    reward: () => import("./commands/reward.ts").then((file) => file.default),
    runs: () => import("./commands/runs.ts").then((file) => file.default),
    eval: () => import("./commands/eval.ts").then((file) => file.default),
    serve: () => import("./commands/serve.ts").then((file) => file.default),
    agent: () => import("./commands/agent.ts").then((file) => file.default),
    mcp: () => import("./commands/mcp.ts").then((file) => file.default),
    classify: () => import("./commands/classify.ts").then((file) => file.default),
  },
});
