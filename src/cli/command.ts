/** How a command of the command line is declared: its flags, examples, and one function that returns what to print. */
import { defineCommand, type ArgsDef, type CommandDef, type CommandMeta, type ParsedArgs } from "citty";
import type { EventSink } from "../core/events.ts";

/** What every command accepts. */
export const COMMON_ARGS = {
  json: { type: "boolean", description: "Print one JSON value on standard output and nothing else" },
  quiet: { type: "boolean", description: "Show no progress" },
} as const satisfies ArgsDef;

export interface CommandContext {
  /** Progress goes here; the frame renders it on standard error. */
  readonly emit: EventSink;
  /** Aborted by the first Ctrl-C; a command then ends what it is doing and returns. */
  readonly signal: AbortSignal;
  /** For commands that go on after they have something to say; everyone else returns a result. */
  readonly print: (data: unknown, text: string) => void;
  /** As typed, behind the command's name: for flags that may be given several times. */
  readonly rawArgs: readonly string[];
}

/** What a command hands back; the frame prints `data` with --json and `text` without. */
export interface CommandResult {
  readonly data: unknown;
  readonly text: string;
  /** 1: findings or a failed gate; 4: the infrastructure failed for a part. Everything worse is thrown. */
  readonly exitCode?: 0 | 1 | 4;
}

export interface CommandSpec<T extends ArgsDef> {
  /** As typed after `ironbark`, for instance `env list`. */
  readonly name: string;
  readonly description: string;
  /** Command lines without the leading `ironbark`, each shown by --help. */
  readonly examples: readonly [string, ...string[]];
  readonly args: T;
  /** Imports what is heavy inside, so that --help stays quick. */
  run(args: ParsedArgs<T & typeof COMMON_ARGS>, context: CommandContext): Promise<CommandResult | void>;
}

export interface LeafMeta extends CommandMeta {
  readonly examples: readonly string[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- citty's own type for "a command with whatever arguments"
export type AnyCommand = CommandDef<any>;

/** A group's members, imported when they are needed. */
export type Subcommands = Record<string, () => Promise<AnyCommand>>;

export function command<const T extends ArgsDef>(spec: CommandSpec<T>): AnyCommand {
  const meta: LeafMeta = {
    name: `ironbark ${spec.name}`,
    description: spec.description,
    examples: spec.examples.map((example) => `ironbark ${example}`),
  };
  return defineCommand({
    meta,
    args: { ...spec.args, ...COMMON_ARGS } as ArgsDef,
    run: ({ args, data }) =>
      spec.run(args as ParsedArgs<T & typeof COMMON_ARGS>, data as CommandContext) as Promise<unknown>,
  });
}

export interface GroupMeta extends CommandMeta {
  /** The member that is meant when options follow the group's name. */
  readonly otherwise?: string | undefined;
}

export function group(
  name: string,
  description: string,
  subCommands: Subcommands,
  otherwise?: string,
): AnyCommand {
  const meta: GroupMeta = { name: `ironbark ${name}`, description, otherwise };
  return defineCommand({ meta, subCommands });
}
