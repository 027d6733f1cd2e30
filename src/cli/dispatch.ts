/** Finds the command that was typed, runs it, and prints what it returns; the only place that writes to the terminal. */
import { renderUsage, runCommand, type ArgsDef, type CommandMeta } from "citty";
import { InputError, exitCodeOf } from "../core/errors.ts";
import type {
  AnyCommand,
  CommandContext,
  CommandResult,
  GroupMeta,
  LeafMeta,
  Subcommands,
} from "./command.ts";
import { checkArguments } from "./flags.ts";
import { createProgress } from "./progress.ts";
import { renderError } from "./render.ts";
import { didYouMean } from "./suggest.ts";

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether standard error is a terminal. */
  readonly interactive: boolean;
  readonly columns?: number;
}

/** As shells report a process that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Runs one command line (without the program's name) and returns its exit code; never throws. */
export async function dispatch(
  root: AnyCommand,
  argv: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const progress = createProgress({
    write: (text) => terminal.err(text),
    terminal: terminal.interactive,
    quiet: argv.includes("--quiet"),
    ...(terminal.columns === undefined ? {} : { columns: terminal.columns }),
  });
  try {
    const { found, rest } = await findCommand(root, argv);
    const meta = found.meta as CommandMeta;
    if (rest.includes("--help") || rest.includes("-h")) {
      terminal.out(await usage(found));
      return 0;
    }
    if (rest.length === 1 && rest[0] === "--version" && meta.version !== undefined) {
      terminal.out(`${meta.version}\n`);
      return 0;
    }
    if (found.subCommands !== undefined) {
      if (rest.length > 0)
        throw new InputError(`unknown option ${rest[0]}`, { hint: `see ${meta.name} --help` });
      terminal.err(await usage(found));
      return 2;
    }
    checkArguments(rest, found.args as ArgsDef);
    const print = (data: unknown, text: string): void => {
      progress.close();
      terminal.out(`${rest.includes("--json") ? JSON.stringify(data) : text}\n`);
    };
    const context: CommandContext = { emit: progress.emit, print, signal, rawArgs: rest };
    const { result } = await runCommand(found, { rawArgs: [...rest], data: context });
    if (result === undefined) return 0;
    const { data, text, exitCode } = result as CommandResult;
    print(data, text);
    return exitCode ?? (signal.aborted ? INTERRUPTED : 0);
  } catch (error) {
    progress.close();
    if (signal.aborted && isAbort(error)) {
      terminal.err(`interrupted\n`);
      return INTERRUPTED;
    }
    const asInput = isUsageError(error) ? new InputError(error.message) : error;
    terminal.err(`${renderError(asInput)}\n`);
    return exitCodeOf(asInput);
  }
}

/** Throws InputError for a name that is no command. */
export async function findCommand(
  root: AnyCommand,
  argv: readonly string[],
): Promise<{ found: AnyCommand; rest: readonly string[] }> {
  let found = root;
  let rest = argv;
  while (found.subCommands !== undefined && rest[0] !== undefined && !rest[0].startsWith("-")) {
    const members = found.subCommands as Subcommands;
    const name = rest[0];
    if (!Object.hasOwn(members, name)) {
      const known = Object.keys(members);
      const path = (found.meta as CommandMeta).name;
      throw new InputError(`unknown command ${JSON.stringify(name)}${didYouMean(name, known)}`, {
        hint: `${path} knows: ${known.join(", ")}`,
      });
    }
    found = await members[name]!();
    rest = rest.slice(1);
  }
  const { otherwise } = found.meta as GroupMeta;
  if (otherwise !== undefined && rest[0] !== undefined && !["--help", "-h"].includes(rest[0]))
    found = await (found.subCommands as Subcommands)[otherwise]!();
  return { found, rest };
}

async function usage(found: AnyCommand): Promise<string> {
  const examples = (found.meta as LeafMeta).examples ?? [];
  const lines = examples.map((example) => `  ${example}`).join("\n");
  return `${await renderUsage(found)}\n${lines === "" ? "" : `\nEXAMPLES\n\n${lines}\n`}`;
}

/** What citty throws for a missing or impossible argument. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && error.name === "CLIError";
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
