/**
 * What handlers read and answer, and how each stack writes it.
 *
 * Read: `$query("name", "default")`, `$form("name", "default")`, `$header("Name")`, `$cookie("name")`, `$body`
 * (JSON).
 * Answer, one to a line: `$html(TEXT)`, `$text(TEXT)`, `$json(VALUE)`, `$status(CODE, TEXT)`, `$redirect(WHERE)`,
 * `$typed(TYPE, TEXT)` with a media type, `$signin(COOKIE, VALUE, WHERE)`, which sets a cookie and redirects.
 */
export interface Ops {
  readonly query: (name: string, otherwise: string) => string;
  readonly form: (name: string, otherwise: string) => string;
  readonly header: (name: string) => string;
  readonly cookie: (name: string) => string;
  readonly body: string;
  readonly html: (text: string) => string;
  readonly text: (text: string) => string;
  readonly json: (value: string) => string;
  readonly status: (code: string, text: string) => string;
  readonly redirect: (where: string) => string;
  readonly typed: (type: string, text: string) => string;
  readonly signin: (cookie: string, value: string, where: string) => string;
}

const READ = /\$(query|form)\("([^"]*)", ("[^"]*")\)|\$(header|cookie)\("([^"]*)"\)|\$(body)\b/g;
const ANSWER = /^(.*?)\$(html|text|json|redirect|status|typed|signin)\((.*)\)(§?)$/;

/** A value that is read and nothing else needs no parentheses. */
const BARE = /= \(((?:req|query|form)[.[][^()]*(?:\([^()]*\))? \?\? "[^"]*")\);/g;

/** Writes every operation of a handler's body in a stack's own way. */
export function written(body: string, ops: Ops): string {
  return body
    .split("\n")
    .map((line) => {
      const answer = ANSWER.exec(line);
      if (answer === null) return line;
      const [, before, kind, inner, mark] = answer as unknown as [string, string, Answer, string, string];
      const write = ops[kind] as (...values: readonly string[]) => string;
      return before + write(...values(inner, write.length)) + mark;
    })
    .join("\n")
    .replace(READ, (_, kind: string, name: string, otherwise: string, header: string, field: string) => {
      if (kind === "query") return ops.query(name, otherwise);
      if (kind === "form") return ops.form(name, otherwise);
      if (header === undefined) return ops.body;
      return header === "header" ? ops.header(field) : ops.cookie(field);
    })
    .replace(BARE, "= $1;");
}

type Answer = "html" | "text" | "json" | "redirect" | "status" | "typed" | "signin";

/** `count` values; commas in the last are its own. */
function values(inner: string, count: number): string[] {
  const parts = inner.split(", ");
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(", ")];
}

/** The text of a literal. */
const bare = (literal: string): string => literal.slice(1, -1);

/** What JavaScript finds in the header with the cookies. */
const cookie = (header: string, name: string): string =>
  `(/(?:^|; )${name}=([^;]*)/.exec(${header})?.[1] ?? "")`;

export const FLASK: Ops = {
  query: (name, otherwise) => `request.args.get("${name}", ${otherwise})`,
  form: (name, otherwise) => `request.form.get("${name}", ${otherwise})`,
  header: (name) => `request.headers.get("${name}", "")`,
  cookie: (name) => `request.cookies.get("${name}", "")`,
  body: "request.get_json()",
  html: (text) => `return ${text}`,
  text: (text) => `return Response(${text}, mimetype="text/plain")`,
  json: (value) => `return jsonify(${value})`,
  status: (code, text) => `return Response(${text}, ${code}, mimetype="text/plain")`,
  redirect: (where) => `return redirect(${where})`,
  typed: (type, text) => `return Response(${text}, content_type=${type})`,
  signin: (name, value, where) =>
    `return Response("", 302, {"Location": ${where}, "Set-Cookie": f"${bare(name)}={${value}}; Path=/; HttpOnly"})`,
};

export const EXPRESS: Ops = {
  query: (name, otherwise) => `String(req.query.${name} ?? ${otherwise})`,
  form: (name, otherwise) => `String(req.body?.${name} ?? ${otherwise})`,
  header: (name) => `(req.get("${name}") ?? "")`,
  cookie: (name) => cookie('req.get("Cookie") ?? ""', name),
  body: "req.body",
  html: (text) => `return res.send(${text});`,
  text: (text) => `return res.type("text").send(${text});`,
  json: (value) => `return res.json(${value});`,
  status: (code, text) => `return res.status(${code}).type("text").send(${text});`,
  redirect: (where) => `return res.redirect(${where});`,
  typed: (type, text) => `return res.type(${type}).send(${text});`,
  signin: (name, value, where) =>
    `return res.cookie(${name}, ${value}, { httpOnly: true }).redirect(${where});`,
};

export const NODE: Ops = {
  query: (name, otherwise) => `(query.get("${name}") ?? ${otherwise})`,
  form: (name, otherwise) => `(form.get("${name}") ?? ${otherwise})`,
  header: (name) => `(req.headers["${name.toLowerCase()}"] ?? "")`,
  cookie: (name) => cookie('req.headers.cookie ?? ""', name),
  body: "JSON.parse(raw)",
  html: (text) => `return send(res, 200, "text/html", ${text});`,
  text: (text) => `return send(res, 200, "text/plain", ${text});`,
  json: (value) => `return send(res, 200, "application/json", JSON.stringify(${value}));`,
  status: (code, text) => `return send(res, ${code}, "text/plain", ${text});`,
  redirect: (where) => `return send(res, 302, "text/plain", "", { Location: ${where} });`,
  typed: (type, text) => `return send(res, 200, ${type}, ${text});`,
  signin: (name, value, where) =>
    `return send(res, 302, "text/plain", "", { Location: ${where}, "Set-Cookie": \`${bare(name)}=\${${value}}; Path=/; HttpOnly\` });`,
};
