/** What a model is asked about one function. The wording is ours; what a template tells the model is in its name. */
import { InputError } from "../../core/errors.ts";
import type { ReaderName } from "./verdict.ts";

export interface PromptTemplate {
  /** `{code}` and, where it knows them, `{language}` and `{cwe}`. */
  readonly text: string;
  readonly read: ReaderName;
}

const FORM = `First think between <think> and </think>: what the code does and which of its inputs others control; what an attacker could try with them; whether the code already prevents it, and where.
Then end with your verdict, exactly one of these two lines:
<answer>Vulnerable</answer>
<answer>Not Vulnerable</answer>`;

const CODE = "The code:\n{code}";

export const TEMPLATES = {
  /** With reasoning; the model has to find out by itself what could be wrong. */
  blind: {
    text: `Below is code in {language}. Decide whether it contains a weakness that an attacker can use.\n\n${FORM}\n\n${CODE}`,
    read: "tags",
  },
  /** With reasoning; the weakness in question is named, which is easier. */
  cwe: {
    text: `Below is code in {language}. Decide whether it has this one weakness; any other does not matter here.\nThe weakness: {cwe}\n\n${FORM}\n\n${CODE}`,
    read: "tags",
  },
  /** Without reasoning and without a candidate. */
  short: {
    text: `Does this code in {language} contain a weakness that an attacker can use?\n\n${CODE}\n\nReply with [[YES]] or [[NO]] and nothing else.`,
    read: "yes-no",
  },
} as const satisfies Readonly<Record<string, PromptTemplate>>;
export type TemplateName = keyof typeof TEMPLATES;

/** Throws InputError for a template without a place for the code. */
export function checkTemplate(text: string, where: string): void {
  if (!text.includes("{code}")) throw new InputError(`${where}: expected a text with {code} in it`);
}

export interface Asked {
  readonly code: string;
  readonly language: string;
  readonly cwe: readonly string[];
}

export const asksForCwe = (template: string): boolean => template.includes("{cwe}");

const TITLES: Readonly<Record<string, string>> = {
  c: "C",
  cpp: "C++",
  csharp: "C#",
  go: "Go",
  java: "Java",
  javascript: "JavaScript",
  kotlin: "Kotlin",
  php: "PHP",
  python: "Python",
  ruby: "Ruby",
  rust: "Rust",
  swift: "Swift",
  typescript: "TypeScript",
};

/** `describe` turns CWE-89 into what the model reads. */
export function fillTemplate(template: string, row: Asked, describe: (cwe: string) => string): string {
  const values: Readonly<Record<string, string>> = {
    code: fenced(row.code),
    language: TITLES[row.language] ?? (row.language || "an unnamed language"),
    cwe: row.cwe.map(describe).join("; "),
  };
  // One pass: what the code itself holds is never taken for a placeholder.
  return template.replace(/\{(code|language|cwe)\}/g, (_, key: string) => values[key]!);
}

/** In a fence that the code cannot close. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${code.replace(/\n$/, "")}\n${fence}`;
}
