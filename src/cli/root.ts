/** The commands of `ironbark`; each group and each command is loaded when it is typed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineCommand } from "citty";
import { projectRoot } from "../util/root.ts";
import type { AnyCommand } from "./command.ts";

const { version } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as {
  version: string;
};

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
    classify: () => import("./commands/classify.ts").then((file) => file.default),
  },
});
