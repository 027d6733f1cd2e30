/**
 * What handlers read and answer, and how each stack writes it.
 *
 * Read: `$query("name", "default")`, `$form("name", "default")`, `$header("Name")`, `$body` (JSON).
 * Answer, one to a line: `$html(TEXT)`, `$text(TEXT)`, `$json(VALUE)`, `$status(CODE, TEXT)`, `$redirect(WHERE)`.
 */
export interface Ops {
  readonly query: (name: string, otherwise: string) => string;
  readonly form: (name: string, otherwise: string) => string;
  readonly header: (name: string) => string;
  readonly body: string;
  readonly html: (text: string) => string;
  readonly text: (text: string) => string;
  readonly json: (value: string) => string;
  readonly status: (code: string, text: string) => string;
  readonly redirect: (where: string) => string;
}

const READ = /\$(query|form)\("([^"]*)", ("[^"]*")\)|\$(header)\("([^"]*)"\)|\$(body)\b/g;
const ANSWER = /^(.*?)\$(html|text|json|redirect|status)\((.*)\)(§?)$/;

/** A value that is read and nothing else needs no parentheses. */
const BARE = /= \(((?:req|query|form)[.[][^()]*(?:\([^()]*\))? \?\? "[^"]*")\);/g;

/** Writes every operation of a handler's body in a stack's own way. */
export function written(body: string, ops: Ops): string {
  return body
    .split("\n")
    .map((line) => {
      const answer = ANSWER.exec(line);
      if (answer === null) return line;
      const [, before, kind, inner, mark] = answer as unknown as [string, string, keyof Ops, string, string];
      if (kind !== "status") return before + (ops[kind] as (text: string) => string)(inner) + mark;
      const comma = inner.indexOf(", ");
      return before + ops.status(inner.slice(0, comma), inner.slice(comma + 2)) + mark;
    })
    .join("\n")
    .replace(READ, (_, kind: string, name: string, otherwise: string, header: string, field: string) => {
      if (kind === "query") return ops.query(name, otherwise);
      if (kind === "form") return ops.form(name, otherwise);
      return header === "header" ? ops.header(field) : ops.body;
    })
    .replace(BARE, "= $1;");
}

export const FLASK: Ops = {
  query: (name, otherwise) => `request.args.get("${name}", ${otherwise})`,
  form: (name, otherwise) => `request.form.get("${name}", ${otherwise})`,
  header: (name) => `request.headers.get("${name}", "")`,
  body: "request.get_json()",
  html: (text) => `return ${text}`,
  text: (text) => `return Response(${text}, mimetype="text/plain")`,
  json: (value) => `return jsonify(${value})`,
  status: (code, text) => `return Response(${text}, ${code}, mimetype="text/plain")`,
  redirect: (where) => `return redirect(${where})`,
};

export const EXPRESS: Ops = {
  query: (name, otherwise) => `String(req.query.${name} ?? ${otherwise})`,
  form: (name, otherwise) => `String(req.body?.${name} ?? ${otherwise})`,
  header: (name) => `(req.get("${name}") ?? "")`,
  body: "req.body",
  html: (text) => `return res.send(${text});`,
  text: (text) => `return res.type("text").send(${text});`,
  json: (value) => `return res.json(${value});`,
  status: (code, text) => `return res.status(${code}).type("text").send(${text});`,
  redirect: (where) => `return res.redirect(${where});`,
};

export const NODE: Ops = {
  query: (name, otherwise) => `(query.get("${name}") ?? ${otherwise})`,
  form: (name, otherwise) => `(form.get("${name}") ?? ${otherwise})`,
  header: (name) => `(req.headers["${name.toLowerCase()}"] ?? "")`,
  body: "JSON.parse(raw)",
  html: (text) => `return send(res, 200, "text/html", ${text});`,
  text: (text) => `return send(res, 200, "text/plain", ${text});`,
  json: (value) => `return send(res, 200, "application/json", JSON.stringify(${value}));`,
  status: (code, text) => `return send(res, ${code}, "text/plain", ${text});`,
  redirect: (where) => `return send(res, 302, "text/plain", "", { Location: ${where} });`,
};
