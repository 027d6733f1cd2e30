/** Cheats that fit every published vulnerability: they change nothing, answer nothing, or know the attacks that are shown. */
import type { Exploit, NamedPatch, Scenario } from "../core/scenario.ts";
import { languageOf } from "../core/stack.ts";

type Input = Pick<Scenario, "entry" | "stack" | "weaknesses" | "files">;

/**
 * Six patches, each of which must lose. `reviewed` are the package's files; `weaknesses` name the attacks that one of
 * them refuses literally. A JavaScript entry exports a request listener, a Python entry defines the WSGI callable `app`.
 */
export function packageCheats(
  { entry, stack, weaknesses, files }: Input,
  reviewed: readonly string[],
): NamedPatch[] {
  const source = files[entry]!;
  const shown = weaknesses.flatMap(({ exploits }) => exploits.map(literals));
  const add = languageOf(stack) === "Python" ? PYTHON : JAVASCRIPT;
  const after = (text: string): Record<string, string> => ({ [entry]: `${source.trimEnd()}\n\n${text}\n` });
  return [
    { name: "only-a-comment", patch: after(add.comment) },
    { name: "always-forbidden", patch: after(add.wrap(add.forbidden)) },
    { name: "empty-answers", patch: after(add.wrap(add.empty)) },
    { name: "exits", patch: after(add.exit) },
    { name: "package-emptied", patch: Object.fromEntries(reviewed.map((path) => [path, add.nothing])) },
    { name: "shown-attacks-refused", patch: after(add.refuse(JSON.stringify(shown))) },
  ];
}

/** What an author of a filter would look for: the target, the body and the headers of the longest request. */
function literals({ steps }: Exploit): string[] {
  const texts = steps.map(({ request: { path, body, form, json, headers } }) => {
    const sent = body ?? (json === undefined ? [] : JSON.stringify(json));
    return [path, sent, ...Object.values(form ?? {}), ...Object.values(headers)].flat();
  });
  const length = (parts: readonly string[]): number => parts.join("").length;
  const attack = texts.reduce((longest, parts) => (length(parts) > length(longest) ? parts : longest));
  // A placeholder stands for text that differs each time.
  return attack.flatMap((text) => text.split(/\{\{[^}]*\}\}/));
}

const JAVASCRIPT = {
  comment: "// Reviewed: input is validated.",
  exit: "process.exit(0);",
  nothing: "module.exports = {};\n",
  wrap: (body: string) => `module.exports = (request, response) => {\n${body}\n};`,
  forbidden: '  response.writeHead(403);\n  response.end("forbidden");',
  empty: "  response.writeHead(200);\n  response.end();",
  refuse: (shown: string) => `const shown = ${shown};
const inner = module.exports;
module.exports = (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const fields = [...new URLSearchParams(String(body)).values()];
    const seen = [request.url, body, ...fields, ...Object.values(request.headers)].join("\\n");
    if (shown.some((texts) => texts.every((text) => seen.includes(text)))) {
      response.writeHead(400);
      return response.end("refused");
    }
    const again = require("node:stream").Readable.from([body]);
    inner(Object.assign(again, { method: request.method, url: request.url, headers: request.headers }), response);
  });
};`,
};

const PYTHON = {
  comment: "# Reviewed: input is validated.",
  exit: "raise SystemExit(0)",
  nothing: '""""""\n',
  wrap: (body: string) => `def app(environ, start_response):\n${body}`,
  forbidden: '    start_response("403 Forbidden", [])\n    return [b"forbidden"]',
  empty: '    start_response("200 OK", [])\n    return [b""]',
  refuse: (shown: string) => `import io
from urllib.parse import parse_qsl

shown = ${shown}
inner = app


def app(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    text = body.decode("utf-8", "replace")
    target = environ.get("RAW_URI") or environ["PATH_INFO"] + "?" + environ.get("QUERY_STRING", "")
    headers = [value for name, value in environ.items() if name.startswith("HTTP_")]
    seen = "\\n".join([target, text, *headers, *(value for _, value in parse_qsl(text))])
    if any(all(part in seen for part in parts) for parts in shown):
        start_response("400 Bad Request", [])
        return [b"refused"]
    environ["wsgi.input"] = io.BytesIO(body)
    return inner(environ, start_response)`,
};
