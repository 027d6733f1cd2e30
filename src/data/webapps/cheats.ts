/** Patches that try to win without fixing; every scenario ships them so that each is seen to lose. */
import type { WeaknessType } from "../../core/index.ts";
import type { App } from "./app.ts";
import type { VulnerableBlock } from "./blocks.ts";
import { insertAfter } from "./lines.ts";

/** Hides what looks like a secret; the weakness still answers questions about it. */
const REDACTION = [
  "redact-secrets",
  [
    "    import re",
    "    response.direct_passthrough = False",
    "    body = response.get_data(as_text=True)",
    '    response.set_data(re.sub(r"[0-9a-zA-Z_-]*[0-9][0-9a-zA-Z_-]{9,}", "***", body))',
  ],
] as const;

/** Asks the browser for protection and leaves the script in the page. */
const CSP_HEADER = [
  "csp-header",
  ['    response.headers["Content-Security-Policy"] = "default-src *"'],
] as const;

/** Registers the cheats on the lines they change and returns their names. */
export function addCheats(app: App, type: WeaknessType, block: VulnerableBlock): string[] {
  const { decorator, def, entry } = block.endpoint;
  decorator.changes.set("delete-route", { search: decorator.text, replace: "# gone" });
  insertAfter(def, "always-403", ['return "forbidden", 403']);
  insertAfter(def, "empty-answer", ['return ""']);
  insertAfter(def, "constant-body", [`return ${JSON.stringify(block.expected)}`]);
  const { appLine, importLine } = app;
  insertAfter(appLine, "exit-at-import", ["raise SystemExit(0)"], "");
  insertAfter(
    appLine,
    "page-for-errors",
    ["", "@app.errorhandler(Exception)", "def failed(error):", '    return "sorry", 200', ""],
    "",
  );
  const [hook, statements] = type === "xss" ? CSP_HEADER : REDACTION;
  insertAfter(
    appLine,
    hook,
    ["", "@app.after_request", "def polish(response):", ...statements, "    return response", ""],
    "",
  );
  importLine.changes.set("comment-only", {
    search: "from flask import",
    replace: "# reviewed: inputs are safe\nfrom flask import",
  });
  for (const [name, statements] of Object.entries(block.guards)) insertAfter(entry, name, statements);
  return [
    "delete-route",
    "always-403",
    "empty-answer",
    "constant-body",
    "exit-at-import",
    "page-for-errors",
    hook,
    "comment-only",
    ...Object.keys(block.guards),
  ];
}
