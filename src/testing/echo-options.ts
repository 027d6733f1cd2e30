/** What an environment server is told to serve the echo environment: its schemas, its tool and two splits of tasks. */
import { z } from "zod";
import {
  EchoActionSchema,
  EchoEnvironment,
  EchoObservationSchema,
  EchoStateSchema,
} from "./echo-environment.ts";

export const echoTool = {
  name: "echo",
  description: "Says it back",
  inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
  toAction: (args: Readonly<Record<string, unknown>>): unknown => args,
};

/** Three tasks to train on and one held out; each is its own name. */
export const echoTasks = {
  splits: [
    { name: "train", type: "train" },
    { name: "holdout", type: "validation" },
  ],
  count: (split: string): number => (split === "train" ? 3 : 1),
  get: (split: string, index: number) => ({ id: `${split}/${index}` }),
} as const;

/** For `createEnvServer`; without tasks. */
export const echoOptions = {
  name: "echo",
  description: "says it back",
  version: "1.0.0",
  environment: () => new EchoEnvironment(),
  action: EchoActionSchema,
  schemas: {
    action: z.toJSONSchema(EchoActionSchema, { io: "input" }),
    observation: z.toJSONSchema(EchoObservationSchema),
    state: z.toJSONSchema(EchoStateSchema),
  },
  tools: [echoTool],
};
