/** The patch environment as an environment server: one call from scenarios, verifier and sandbox to served episodes. */
import { z } from "zod";
import {
  createPatchEnvironment,
  patchActionJsonSchema,
  PatchActionSchema,
  PatchObservationSchema,
  PatchStateSchema,
  type PatchAction,
  type PatchEnvironmentOptions,
} from "../envs/patch/index.ts";
import type { EnvServerOptions } from "./env-server.ts";

type ServerSettings = Pick<
  EnvServerOptions<unknown>,
  "maxConcurrentEnvs" | "maxMessageBytes" | "pingIntervalMs"
>;

/** For `createEnvServer`. */
export function patchServerOptions(
  environment: PatchEnvironmentOptions,
  settings: ServerSettings = {},
): EnvServerOptions<PatchAction> {
  const lenient = { io: "input" } as const;
  return {
    name: "patch",
    description:
      "Find the security weakness of a running web application, name it, and fix it without breaking it.",
    version: "1.0.0",
    environment: () => createPatchEnvironment(environment),
    action: PatchActionSchema,
    schemas: {
      action: patchActionJsonSchema(),
      observation: z.toJSONSchema(PatchObservationSchema, lenient),
      state: z.toJSONSchema(PatchStateSchema, lenient),
    },
    ...settings,
  };
}
