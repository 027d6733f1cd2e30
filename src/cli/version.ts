/** Which version of Ironbark this is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../util/root.ts";

export function version(): string {
  const text = readFileSync(join(projectRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
