/**
 * What a search with regular expressions finds suspicious in Python and JavaScript, and the change to that line that a
 * checklist would make. Written from general knowledge of the weaknesses, without a look at the scenarios: what these
 * lists solve is what needs no understanding.
 */
import type { ScenarioType } from "../../../core/cwe.ts";

export interface Pattern {
  readonly type: ScenarioType;
  readonly line: RegExp;
  /** The line as a checklist would have it; undefined when the list has no change for it. */
  readonly fix?: (line: string) => string | undefined;
}

/** Undefined when nothing was replaced. */
const changed =
  (search: RegExp, replace: string) =>
  (line: string): string | undefined => {
    const after = line.replace(search, replace);
    return after === line ? undefined : after;
  };

/** `execute(f"... '{x}' ...")` with a parameter for each `{x}`. */
function withParameters(line: string): string | undefined {
  const call = /\bexecute\(\s*f(["'])(.*)\1\s*\)/.exec(line);
  if (call === null) return undefined;
  const values: string[] = [];
  const sql = call[2]!.replace(/'?\{([^{}]+)\}'?/g, (_, value: string) => {
    values.push(value);
    return "?";
  });
  if (values.length === 0) return undefined;
  return line.replace(call[0], () => `execute("${sql}", (${values.join(", ")},))`);
}

const HTML_ESCAPED =
  '$${String($1).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")}';

/** The surest first. */
export const PATTERNS: readonly Pattern[] = [
  {
    type: "deserialization",
    line: /\byaml\.(unsafe_)?load\(/,
    fix: changed(/yaml\.(unsafe_)?load\(([^,()]*)(,[^()]*)?\)/, "yaml.safe_load($2)"),
  },
  {
    type: "deserialization",
    line: /\b(pickle|marshal|shelve)\.loads?\(|\bunserialize\(/,
    fix: changed(/\bpickle\.loads\(/, '__import__("json").loads('),
  },
  {
    type: "xxe",
    line: /resolve_entities\s*=\s*True|feature_external_ges|noent\s*:\s*true|load_dtd\s*=\s*True/,
    fix: changed(/((?:resolve_entities|load_dtd)\s*=\s*|feature_external_ges\s*,\s*)True/, "$1False"),
  },
  {
    type: "command_injection",
    line: /\bos\.(system|popen)\(|shell\s*[=:]\s*[Tt]rue|\bexec(Sync)?\(\s*[`"']|child_process.*\bexec\b/,
    fix: changed(/\{(\w+)\}/g, '{__import__("shlex").quote($1)}'),
  },
  {
    type: "code_injection",
    line: /(^|[^.\w])(eval|exec)\(|new Function\(|\bvm\.run|render_template_string\(/,
    fix: changed(/(^|[^.\w])eval\(/, '$1__import__("ast").literal_eval('),
  },
  {
    type: "sql_injection",
    line: /execute\w*\(\s*(f["']|["'].*["']\s*(%|\+)|.*\.format\()|\b(SELECT|INSERT|UPDATE|DELETE)\b.*(\{\w|["'`]\s*\+|\$\{|%s?["']\s*%)/,
    fix: withParameters,
  },
  {
    type: "jwt_verification",
    line: /verify(_signature)?["']?\s*[:=]\s*(False|false)|["']none["']|\.alg\b|\["alg"\]/,
    fix: changed(/(verify_signature["']?\s*:\s*)False/, "$1True"),
  },
  {
    type: "xss",
    line: /\|\s*safe\b|\bMarkup\(|autoescape\s*[=%]?\s*(False|false)|innerHTML|<%-/,
    fix: changed(/\s*\|\s*safe\b|\bMarkup(?=\()/, ""),
  },
  {
    type: "xss",
    line: /<\w[^`"']*[>"'=][^`]*(\$\{|["'`]\s*\+|\{\w+\})/,
    fix: changed(/\$\{([\w.]+)\}/g, HTML_ESCAPED),
  },
  {
    type: "path_traversal",
    line: /\b(os\.path\.join|path\.(join|resolve))\([^)]*\b(name|file|path|filename|item|page|doc|req|request)\w*\)/,
    fix: changed(/\b(os\.path|path)\.(join|resolve)\((.*), *([\w.]+)\)/, "$1.$2($3, $1.basename($4))"),
  },
  {
    type: "path_traversal",
    line: /\b(open|send_file|sendFile|readFile(Sync)?|createReadStream)\(/,
  },
  {
    type: "redos",
    line: /\([^()]*[+*][^()]*\)[+*]|\(\\?[\w.]\|[^)]*\)[+*]/,
  },
  {
    type: "prototype_pollution",
    line: /\bmerge\w*\(|\[\w+\]\s*=[^=]|for\s*\((const|let|var) \w+ (in|of Object\.keys)/,
    fix: changed(
      /^(\s*)(for\s*\((?:const|let|var) (\w+) .*\{)\s*$/,
      '$1$2 if ($3 === "__proto__") continue;',
    ),
  },
  {
    type: "weak_hash",
    line: /\b(md5|sha1)\b/i,
    fix: changed(/\b(md5|sha1)\b/g, "sha256"),
  },
  {
    type: "weak_encryption",
    line: /-ecb\b|\bMODE_ECB\b|\b(DES|RC4|Blowfish)\b|createHash\([^)]*\)\.update\(\w*(key|secret)/i,
    fix: changed(/\b(createHash)\(([^)]*)\)\.update\((\w*(?:key|secret))\)/i, "createHmac($2, $3)"),
  },
  {
    type: "predictable_token",
    line: /\bMath\.random\(|\brandom\.(random|randint|choices?|getrandbits|Random)\(/,
    fix: changed(/\brandom\.(random|randint|choices?|getrandbits)\(/, "random.SystemRandom().$1("),
  },
  {
    type: "open_redirect",
    line: /\bredirect\(\s*[a-z]|["']?[Ll]ocation["']?\s*[:,\]]/,
    fix: changed(
      /\bredirect\((\w+)\)/,
      'redirect($1 if $1.startswith("/") and not $1.startswith("//") else "/")',
    ),
  },
  {
    type: "ssrf",
    line: /\burlopen\(|\brequests\.(get|post|request)\(|\bfetch\(|\bhttps?\.(get|request)\(|\bcreate_connection\(/,
  },
  {
    type: "log_injection",
    line: /\blog(ger|ging)?\.(debug|info|warn|warning|error)\(|console\.(log|warn|error)\(|appendFile|\.log\(/,
    fix: changed(/\{(\w+)\}/g, '{str($1).replace("\\\\n", " ").replace("\\\\r", " ")}'),
  },
  {
    type: "unrestricted_upload",
    line: /\.save\(|\bwriteFile(Sync)?\(/,
  },
  {
    type: "missing_authorization",
    line: /\bWHERE id = |\b(get|find)(_|By)?[iI]d\(|\/:id\b|<int:\w+>/,
  },
  {
    type: "csrf",
    line: /methods=\[["']POST["']\]|\b(app|router)\.post\(|\bfastify\.post\(/,
  },
];
