/** What is left of a function when layout and comments are taken away: equal for copies that were only reformatted. */
import { createHash } from "node:crypto";

/** `//` and block comments. */
const SLASHES = new Set([
  "c",
  "cpp",
  "csharp",
  "go",
  "java",
  "javascript",
  "typescript",
  "kotlin",
  "php",
  "rust",
  "swift",
]);
/** `#` to the end of the line. */
const HASHES = new Set(["python", "ruby", "php"]);

const SLASH_TOKENS =
  /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|`(?:[^`\\]|\\[^])*`|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/g;
const HASH_TOKENS = /"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|#[^\n]*/g;

/** Comments as the language writes them, then all white space, are removed; texts in quotes keep their comments' marks. */
export function normalise(code: string, language: string): string {
  let text = code;
  if (HASHES.has(language)) text = text.replace(HASH_TOKENS, (token) => (token.startsWith("#") ? "" : token));
  if (SLASHES.has(language))
    text = text.replace(SLASH_TOKENS, (token) => (/^\/[/*]/.test(token) ? "" : token));
  return text.replace(/\s+/g, "");
}

/** 120 bits of the normalised function, as text. */
export function functionKey(code: string, language: string): string {
  return createHash("sha256").update(normalise(code, language)).digest("base64").slice(0, 20);
}
