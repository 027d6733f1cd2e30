/** What only the checkout can say: its prompts, its headers and how it compiles. */
import { execFile } from "node:child_process";
import { z } from "zod";
import { InputError, PrerequisiteError } from "../../core/errors.ts";
import { pythonShim } from "../../util/python.ts";
import { taskFile, type Language, type Task } from "./tasks.ts";

const MARK = "\u0001code\u0001";

const SCHEMA = z.object({
  prompts: z.record(
    z.string(),
    z.object({
      messages: z.array(z.object({ role: z.string(), content: z.string() })),
      before: z.string(),
    }),
  ),
  headers: z.record(z.string(), z.tuple([z.string(), z.string()])),
  commands: z.record(z.string(), z.array(z.string())),
  wide: z.boolean(),
});

export interface Facts {
  /** What a model is asked, as one message of the user. */
  promptFor(task: Task): string;
  /** What upstream puts in front of an answer, for prompts that end inside an open block. */
  beforeAnswer(task: Task): string;
  readonly headers: Readonly<Partial<Record<Language, readonly [string, string]>>>;
  /** Shell commands that build the solution in place. */
  commandsFor(task: Task): readonly string[];
  /** The checkout extracts answers as SecCoderX's fork does. */
  readonly wide: boolean;
}

/**
 * Imports the checkout's `cweval` package with the interpreter `python` of this machine. Throws InputError when it
 * cannot be asked or has no prompt of that name, PrerequisiteError without an interpreter.
 */
export async function askCheckout(
  repository: string,
  tasks: readonly Task[],
  { python, prompt }: { readonly python: string; readonly prompt: string },
): Promise<Facts> {
  const said = await runShim(python, { repository, prompt, tasks: tasks.map(taskFile) });
  if (typeof said === "object" && said !== null && "error" in said)
    throw new InputError(`--repo ${repository}: ${String(said.error)}`);
  const parsed = SCHEMA.safeParse(said);
  if (!parsed.success) throw unexpected(repository, parsed.error);
  const { prompts, headers, commands, wide } = parsed.data;
  const other = Object.values(prompts).find(
    ({ messages }) => messages.length !== 1 || messages[0]!.role !== "user",
  );
  if (other !== undefined)
    throw new InputError(`--repo ${repository}: expected prompts of one message of the user`);
  const filled = (text: string, { prompt: code }: Task): string => text.split(MARK).join(code);
  return {
    promptFor: (task) => filled(prompts[task.language]!.messages[0]!.content, task),
    beforeAnswer: (task) => filled(prompts[task.language]!.before, task),
    headers,
    commandsFor: (task) => commands[taskFile(task)] ?? [],
    wide,
  };
}

function unexpected(repository: string, { issues }: z.ZodError): InputError {
  const { path, message } = issues[0]!;
  return new InputError(`--repo ${repository}: ${path.join(".")}: ${message}; is it another version?`);
}

function runShim(python: string, given: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      python,
      ["-B", pythonShim("cweval_facts.py")],
      { timeout: 60_000, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        if (error !== null)
          reject(new PrerequisiteError(`${python}: ${stderr.trim().split("\n").at(-1) || error.message}`));
        else resolve(JSON.parse(stdout) as unknown);
      },
    );
    child.stdin!.on("error", () => {});
    child.stdin!.end(JSON.stringify(given));
  });
}
