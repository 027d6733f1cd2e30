/** How a site is laid out, and what its stacks share when they write it down. */
import type { Files, Location, Stack } from "../../core/index.ts";
import type { Part } from "./part.ts";

/** `single`: one file; `modules`: functions in modules of their own; `split`: handlers in another file as well. */
export const LAYOUTS = ["single", "modules", "split"] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface Style {
  readonly stack: Stack;
  readonly layout: Layout;
  readonly title: string;
  /** Name of the file that is served, and of the one with the handlers in the layout `split`; without extension. */
  readonly entry: string;
  readonly handlers: string;
  /** The entry begins with a sentence that says what the site is. */
  readonly described: boolean;
  /** A variation of each stack: how handlers are written (`express.ts`, `node.ts`). */
  readonly variant: boolean;
  /** Statements behind the imports of the entry, which cheats use. */
  readonly prelude?: string;
}

export interface Written {
  readonly entry: string;
  readonly files: Files;
  readonly locations: readonly Location[];
}

/** Takes the marks out of the files and says where they were. */
export function unmarked(entry: string, marked: Files): Written {
  const locations: Location[] = [];
  const files: Record<string, string> = {};
  for (const [file, text] of Object.entries(marked)) {
    const lines = text.split("\n");
    lines.forEach((line, i) => {
      if (line.endsWith("§")) locations.push({ file, line: i + 1 });
    });
    files[file] = lines.map((line) => line.replace(/§$/, "")).join("\n");
  }
  return { entry, files, locations };
}

export const indented = (text: string, by: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? "" : by + line))
    .join("\n");

/** Each once, in the order of first use. */
export const distinct = (items: readonly string[]): string[] => [...new Set(items)];

/** Parts with functions that handlers of another file must import. */
export const withLogic = (parts: readonly Part[]): Part[] => parts.filter(({ logic }) => logic !== "");

/** Sections of a file with blank lines between them; empty ones are left out. */
export const sections = (blank: number, ...texts: readonly string[]): string =>
  `${texts.filter((text) => text !== "").join("\n".repeat(blank + 1))}\n`;
