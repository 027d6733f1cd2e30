/** Files of programming tasks in the formats that the commands know. */
import { readFileSync, statSync } from "node:fs";
import { InputError } from "../core/errors.ts";
import type { ReadTasks } from "../data/programs/index.ts";

/** Of `--format`. */
export const TASK_FORMATS = ["apps", "apps-plus", "tasks"] as const;
export const TASK_FORMATS_TEXT =
  "APPS (folders, or rows as .jsonl), APPS+ (data.json), or tasks as written here";

/** Throws InputError for what cannot be read at all; single tasks that cannot be used are in `refused`. */
export async function readTaskFile(path: string, format: string): Promise<ReadTasks> {
  const { readAppsFolder, readAppsPlus, readAppsRows, readTasks } = await import("../data/programs/index.ts");
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (cause) {
    throw new InputError(`${path}: expected a file or folder that can be read`, { cause });
  }
  if (folder) {
    if (format !== "apps") throw new InputError(`${path}: expected a file for --format ${format}`);
    return readAppsFolder(path);
  }
  const text = readUtf8(path);
  if (format === "tasks") return readTasks(text, path);
  return format === "apps" ? readAppsRows(text, path) : readAppsPlus(text, path);
}

function readUtf8(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    throw new InputError(`${path}: expected UTF-8`, { cause });
  }
}
