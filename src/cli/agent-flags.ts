/** What the commands that serve an agent share: where it listens, who may ask, where tasks are kept. */
import type { AgentServerOptions } from "../serve/agent/index.ts";
import { InputError } from "../core/errors.ts";
import { wholeNumber } from "./flags.ts";

export const AGENT_ARGS = {
  port: { type: "string", default: "9009", description: "0 takes a free one", valueHint: "N" },
  host: { type: "string", default: "127.0.0.1", description: "Address to listen on", valueHint: "ADDRESS" },
  "card-url": {
    type: "string",
    description: "What clients reach the agent by, where that is not the address it listens on",
    valueHint: "URL",
  },
  tasks: {
    type: "string",
    default: ".ironbark/agent",
    description: "Folder in which tasks survive a restart",
    valueHint: "DIR",
  },
  keys: {
    type: "string",
    description: "File with lines NAME KEY: only who has a key may ask (Bearer or X-API-Key)",
    valueHint: "FILE",
  },
  "sign-key": {
    type: "string",
    description: "Private key (PEM, P-256) that signs the card; made when there is none",
    valueHint: "FILE",
  },
  "private-webhooks": {
    type: "boolean",
    description: "Let push notifications go to private and loopback addresses",
  },
} as const;

export interface AgentFlags {
  readonly port: string;
  readonly host: string;
  readonly "card-url"?: string | undefined;
  readonly tasks: string;
  readonly keys?: string | undefined;
  readonly "sign-key"?: string | undefined;
  readonly "private-webhooks"?: boolean | undefined;
}

type Common = Pick<AgentServerOptions, "folder" | "keys" | "cardKey" | "push" | "publicUrl">;

/** Throws InputError that names the flag. */
export async function agentSettings(flags: AgentFlags): Promise<{ port: number; options: Common }> {
  const port = wholeNumber("port", flags.port);
  const publicUrl = flags["card-url"];
  if (
    publicUrl !== undefined &&
    !/^https?:$/.test(URL.canParse(publicUrl) ? new URL(publicUrl).protocol : "")
  )
    throw new InputError(`--card-url ${publicUrl}: expected an http or https address`);
  const { openCardKey, readKeys } = await import("../serve/agent/index.ts");
  const { readNamed } = await import("./files.ts");
  const keys =
    flags.keys === undefined
      ? undefined
      : readKeys(readNamed(flags.keys, `--keys ${flags.keys}`).toString("utf8"), flags.keys);
  const cardKey = flags["sign-key"] === undefined ? undefined : openCardKey(flags["sign-key"]);
  const push = { allowPrivate: flags["private-webhooks"] === true };
  return { port, options: { folder: flags.tasks, keys, cardKey, push, publicUrl } };
}
