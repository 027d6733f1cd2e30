/** What makes an instruction, or the code that answers it, useless for alignment. */
import { languageOf } from "../detection/index.ts";
import { readCode } from "./wording.ts";

/** Why something is left out. */
export const REASONS = {
  no_instruction: "the answer holds no task",
  hint: "speaks of weakness, attack or protection, which gives away what is looked at",
  not_implementable:
    "too short or too long to be a task, asks for what cannot be in one file, or is unfinished",
  duplicate: "says what an earlier one says",
  wrong_language: "asks for, or is written in, another language",
  no_code: "the completion holds no closed block of code",
  cut: "the limit of tokens cut it off",
} as const;
export type Reason = keyof typeof REASONS;

const HINTS =
  /\b(?:(?:in)?secur(?:e|ed|ely|ing|ity)|unsafe|safe(?:ly|ty)?|vulnerab\w*|exploit\w*|attack\w*|malicious\w*|hacker\w*|threat\w*|inject(?:ion|ions|ed)|sanit[iz]\w*|escap(?:e|es|ed|ing)|harden\w*|untrusted|trusted|cwe[- ]?\d+|owasp|xss|csrf|ssrf|sqli|overflow\w*|use[- ]after[- ]free|travers(?:al|e outside)|prepared statements?|parameteri[sz]ed|allow-?list\w*|whitelist\w*|deny-?list\w*|blacklist\w*|cryptographically|bounds[- ]check\w*|validat(?:e|es|ed|ing|ion))\b/i;
const IMPOSSIBLE =
  /\b(?:docker-?compose|kubernetes|terraform|multiple (?:services|repositories)|micro-?services|attached (?:file|image)|see (?:above|below)|as discussed|screenshot|TODO|TBD|lorem ipsum)\b|\[(?:insert|your)[^\]]*\]|\.\.\.$/i;
const [LEAST_WORDS, MOST_WORDS] = [15, 400];

const NAMED: Readonly<Record<string, RegExp>> = {
  cpp: /\bC\+\+/,
  csharp: /\bC#|\bASP\.NET\b/,
  go: /\bGolang\b|\bin Go\b/,
  java: /\bJava\b(?!Script)/,
  javascript: /\bJavaScript\b|\bNode\.js\b/i,
  kotlin: /\bKotlin\b/,
  php: /\bPHP\b/,
  python: /\bPython\b/i,
  ruby: /\bRuby\b/,
  rust: /\bin Rust\b/,
  swift: /\bin Swift\b/,
  typescript: /\bTypeScript\b/i,
};
/** What may be named beside the language that is asked for. */
const RELATED: Readonly<Record<string, readonly string[]>> = {
  typescript: ["javascript"],
  cpp: ["c"],
  kotlin: ["java"],
  php: ["javascript"],
};

/** Undefined: it can be used. Duplicates are for those who know the others. */
export function instructionProblem(text: string | undefined, language: string): Reason | undefined {
  if (text === undefined) return "no_instruction";
  if (HINTS.test(text)) return "hint";
  const words = text.split(/\s+/).length;
  if (words < LEAST_WORDS || words > MOST_WORDS || IMPOSSIBLE.test(text)) return "not_implementable";
  const others = Object.keys(NAMED).filter(
    (name) => name !== language && !(RELATED[language] ?? []).includes(name),
  );
  const named = others.filter((name) => NAMED[name]!.test(text));
  return named.length > 0 && !(NAMED[language] ?? /\bC\b/).test(text) ? "wrong_language" : undefined;
}

/** The code, or why there is none. */
export function completionCode(
  text: string,
  finished: boolean,
  language: string,
): { readonly code: string } | { readonly problem: Reason } {
  if (!finished) return { problem: "cut" };
  const found = readCode(text);
  if (found === undefined || found.code.trim() === "") return { problem: "no_code" };
  const named = languageOf(found.named);
  const other = found.named !== "" && named in NAMED && named !== language;
  return other && !(language === "c" && named === "cpp")
    ? { problem: "wrong_language" }
    : { code: found.code };
}
