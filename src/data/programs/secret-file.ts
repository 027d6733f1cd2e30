/** What attacks that read have in common: a file outside the program's task, and what shows that it was read. */
import type { ProgramExploit } from "../../core/index.ts";
import type { Rng } from "../../util/rng.ts";
import { someWords } from "./family.ts";

/** A file outside the program's task, for attacks that read. */
export function secretFile(rng: Rng): { path: string; world: { outside: Record<string, string> } } {
  const [folder, name] = someWords(rng, 2) as [string, string];
  const path = `/srv/${folder}/${name}.key`;
  return { path, world: { outside: { [path]: "{{canary}}\n" } } };
}

export const leak = (id: string, input: string, world: ProgramExploit["world"]): ProgramExploit => ({
  id,
  input,
  world,
  oracle: { kind: "leak" },
});
