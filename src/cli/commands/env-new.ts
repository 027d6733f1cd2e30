/** `ironbark env new`: a scenario folder to start from. */
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../../core/errors.ts";
import { STACKS, type Stack } from "../../core/stack.ts";
import { projectRoot } from "../../util/root.ts";
import { command } from "../command.ts";

/** A whole scenario of each stack, small enough to be rewritten part by part. */
const EXAMPLES: Readonly<Record<Stack, string>> = {
  flask: "fieldnotes",
  fastapi: "canoes",
  express: "glasshouse",
  fastify: "lending",
  node: "choir",
};

export default command({
  name: "env new",
  description:
    "Make a scenario folder to start from: a whole one that validates, to be rewritten part by part",
  examples: [
    "env new bakery",
    "env new bakery --stack express --title 'Orders of a bakery'",
    "env new bakery --folder ../my-scenarios",
  ],
  args: {
    id: {
      type: "positional",
      required: true,
      description: "Its id, and the name of its folder: lower-case letters, digits, - and _",
    },
    stack: { type: "enum", options: [...STACKS], default: "flask", description: "What the application uses" },
    title: { type: "string", description: "One line for lists and prompts", valueHint: "TEXT" },
    folder: { type: "string", default: ".", description: "Where the new folder goes", valueHint: "DIR" },
  },
  run: async (args) => {
    const { id, stack } = args;
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(id))
      throw new InputError(
        `${JSON.stringify(id)} is no id; expected lower-case letters, digits, . - and _, and none of these three first`,
      );
    const folder = resolve(args.folder, id);
    if (existsSync(folder)) throw new InputError(`${folder} exists; expected the name of a new folder`);
    const { loadScenario } = await import("../../data/index.ts");

    const example = EXAMPLES[stack];
    const title = args.title ?? `To be written: what ${id} is for`;
    // Made beside and renamed when whole. A folder has its scenario's id, so it is made inside another one.
    const beside = join(dirname(folder), `.${id}.${process.pid}`);
    const draft = join(beside, id);
    try {
      await mkdir(beside, { recursive: true });
      await cp(join(projectRoot(), "scenarios", example), draft, { recursive: true });
      const file = join(draft, "scenario.json");
      const text = await readFile(file, "utf8");
      await writeFile(file, withHead(withHead(text, "id", id), "title", title));
      await loadScenario(draft);
      await rename(draft, folder);
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      throw new InputError(`${folder} cannot be made: ${(cause as Error).message}`, { cause });
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
    const next = `ironbark env validate ${join(args.folder, id)}${args.folder === "." ? "/" : ""}`;
    const text = [
      `made ${folder} after the scenario ${example} (${stack})`,
      `rewrite app/, scenario.json and patches/ (docs/scenario-format.md says how), and run: ${next}`,
    ].join("\n");
    return { data: { id, stack, folder, example }, text };
  },
});

/** Changes one text value at the top of the file, and nothing else of it. */
function withHead(text: string, key: "id" | "title", value: string): string {
  return text.replace(
    new RegExp(`("${key}": )"[^"\\n]*"`),
    (_, name: string) => name + JSON.stringify(value),
  );
}
