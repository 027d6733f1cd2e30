/** The version of this installation. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../util/root.ts";

export const { version } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as {
  version: string;
};
