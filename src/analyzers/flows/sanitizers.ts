/** What calls take away from a text: conversions, escapes, digests, and replacements of single signs. */
import {
  ALL,
  ANY_MARKUP,
  ATTRIBUTE,
  CODE,
  LINES,
  MARKUP,
  PATH,
  REDIRECT,
  SHELL,
  SQL_QUOTE,
  TAG,
  UP,
} from "./kinds.ts";
import type { Value } from "./value.ts";

const ESCAPED = TAG | ATTRIBUTE | MARKUP;

/** By the full name of a function, or by its last part where any function of that name does so; what is left. */
const LEFT: ReadonlyMap<string, number> = new Map([
  ...[
    "int float bool len ord hash abs round isinstance issubclass hasattr type id Number parseInt parseFloat Boolean isNaN",
    "UUID Decimal hexdigest digest b64encode urlsafe_b64encode hexlify token_hex token_urlsafe",
    "isdigit isdecimal isnumeric isalnum isalpha isidentifier startswith endswith startsWith endsWith is_file is_dir exists",
    "isfile isdir getsize includes has hasOwnProperty hasOwn test every some compare_digest timingSafeEqual check_password_hash",
    "is_absolute isabs isAbsolute is_relative_to isArray isInteger fullmatch jsonify url_for now today strftime findIndex indexOf",
    "getaddrinfo safe_load literal_eval search match count index update digest size stat",
  ].flatMap((names) => names.split(" ").map((name) => [name, 0] as const)),
  ...["escape", "escapeHtml", "escapeHTML", "escape_html", "striptags"].map(
    (name) => [name, ALL & ~ESCAPED] as const,
  ),
  ...["bleach.clean", "nh3.clean", "DOMPurify.sanitize", "sanitizeHtml", "sanitize-html"].map(
    (name) => [name, ALL & ~ANY_MARKUP] as const,
  ),
  ["encodeURIComponent", ALL & ~(ANY_MARKUP | PATH | LINES | REDIRECT)],
  ["quote_plus", ALL & ~(ANY_MARKUP | PATH | LINES | REDIRECT)],
  ["encodeURI", ALL & ~(TAG | ATTRIBUTE | MARKUP | LINES)],
  ["urllib.parse.quote", ALL & ~(ANY_MARKUP | LINES | SQL_QUOTE)],
  ["shlex.quote", ALL & ~SHELL],
  ["shlex.join", ALL & ~SHELL],
  ["basename", ALL & ~PATH],
  ["secure_filename", ALL & ~(PATH | ANY_MARKUP | SHELL | LINES)],
  ["safe_join", ALL & ~PATH],
  ["repr", ALL & ~LINES],
  ["ascii", ALL & ~LINES],
  ["json.dumps", ALL & ~LINES],
  ["JSON.stringify", ALL & ~LINES],
  ["ast.literal_eval", ALL & ~CODE],
]);

/** `match` and `search` of a pattern give the parts of a text back; of anything else they are unknown. */
const KEEPS_GROUPS = new Set(["search", "match", "fullmatch"]);

/** Undefined for a call that is not known to take anything away. */
export function leftBy(
  full: string | undefined,
  method: string,
  receiver: Value | undefined,
): number | undefined {
  if (full !== undefined && LEFT.has(full)) return LEFT.get(full)!;
  if (KEEPS_GROUPS.has(method)) return undefined;
  return receiver?.pattern !== undefined && method === "exec" ? undefined : LEFT.get(method);
}

/** What is left once a text does not occur any more: nothing is gained by longer ones, which come in disguises. */
export const leftWithoutText = (text: string, replacement?: string): number =>
  text.length === 1 || text === ".." ? leftWithout(text, replacement) : ALL;

/** What is left once all the signs in `signs` are gone or replaced. */
export function leftWithout(signs: string, replacement: string | undefined): number {
  let left = ALL;
  if (signs.includes("<")) left &= ~TAG;
  if (signs.includes('"')) left &= ~ATTRIBUTE;
  if (signs.includes("<") && signs.includes('"')) left &= ~MARKUP;
  if (signs.includes("\n")) left &= ~LINES;
  if (signs.includes("'")) left &= ~SQL_QUOTE;
  if (signs.includes("'") && /\\'|"'"/.test(replacement ?? "")) left &= ~SHELL;
  if (signs.includes("/")) left &= ~PATH;
  if (signs === "..") left &= ~UP;
  return left;
}
