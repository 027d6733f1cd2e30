/** Reads commands, links and the like out of the project's Markdown. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface FoundCommand {
  /** As a person would type it, without comments, prompts and assignments before it. */
  readonly command: string;
  /** `README.md:12`. */
  readonly where: string;
}

const PROGRAMS = /^(?:bin\/)?(ironbark|make|npm)\s/;

/** Markdown files of the root and below docs/, relative to `root`. */
export function documents(root: string): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  const below = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name));
  return [...top, ...below].sort();
}

/** Commands in fenced blocks of shell (one per line) and in the code spans of tables. */
export function commandsIn(root: string, path: string): FoundCommand[] {
  const out: FoundCommand[] = [];
  let fence = false;
  readFileSync(join(root, path), "utf8")
    .split("\n")
    .forEach((line, index) => {
      const tag = /^\s*```(\w*)/.exec(line)?.[1];
      if (tag !== undefined) fence = !fence && /^(sh|bash|console)$/.test(tag);
      const candidates = fence
        ? [line.replace(/^\s*\$ /, "").replace(/\s#\s.*$/, "")]
        : line.startsWith("|")
          ? [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
          : [];
      for (const candidate of candidates) {
        const command = candidate.trim().replace(/^(?:[A-Z_]+=(?:"[^"]*"|\S+)\s+)+/, "");
        if (PROGRAMS.test(command))
          out.push({ command: command.replace(/^bin\//, ""), where: `${path}:${index + 1}` });
      }
    });
  return out;
}

/** Targets of relative links and images, without anchors. */
export function localLinks(root: string, path: string): string[] {
  const text = readFileSync(join(root, path), "utf8").replace(/```[^]*?```/g, "");
  return [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target));
}
