/** Cross-site request forgery (CWE-352): a form of another site is taken for one of the site's own. */
import type { Check, Request, Step } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type Patches, type WeakPart } from "../part.ts";
import { get, post, shownAndHidden } from "../requests.ts";

/** `unasked`: the token is not looked at; `absent`: a form without one passes; `origin`: the origin must name the site. */
export type ForgeryShape = "unasked" | "absent" | "origin";

interface Names {
  readonly people: string;
  readonly sessions: string;
  readonly enter: string;
  readonly found: string;
  readonly one: string;
  readonly value: string;
  readonly site: string;
  readonly desk: string;
}

interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
  readonly body: string;
  readonly loginBody: string;
  readonly deskBody: string;
}

export function forgeryPart(ctx: Ctx, shape: ForgeryShape): WeakPart {
  const { rng } = ctx;
  const [path, login, desk] = [ctx.route(), ctx.route(), ctx.route()];
  const [func, loginFunc, deskFunc] = [ctx.func(), ctx.func(), ctx.func()];
  const names: Names = {
    people: ctx.constant(),
    sessions: ctx.constant(),
    enter: ctx.func(),
    found: ctx.func(),
    one: ctx.noun(),
    value: ctx.noun(),
    site: `${ctx.noun()}.example`,
    desk,
  };
  const people = [0, 1].map(() => ({
    name: ctx.noun(),
    word: `${ctx.noun()}${rng.int(90)}`,
    start: ctx.noun(),
  }));
  const [ann, bo] = people as [Person, Person];
  const source = (ctx.language === "python" ? python : javascript)(shape, names, people);
  const own = {
    Origin: `https://${names.site}`,
    Referer: `https://${names.site}${desk}`,
    "Sec-Fetch-Site": "same-origin",
  };
  const step = (request: Request, ...expect: Step["expect"]): Step => ({ request, expect });
  const enter = (one: Person): Step =>
    step(post(login, { name: one.name, word: one.word }, own), status(302));
  const see = (text: string): Step => step(get(desk), status(200), contains(text));
  const token: Step = {
    request: get(desk),
    capture: { name: "token", match: 'name="token" value="([^"]+)"' },
    expect: [status(200)],
  };
  const change = (value: string): Step =>
    step(post(path, { [names.value]: value, token: "{{capture:token}}" }, own), status(302, 200));
  const changes = (one: Person, value: string): Check => ({
    name: `lets ${one.name} choose ${value}`,
    steps: [enter(one), token, change(value), see(`<b>${value}</b>`)],
  });
  const from = (origin: string, referer = `${origin}/free`) => ({
    Origin: origin,
    Referer: referer,
    "Sec-Fetch-Site": "cross-site",
  });
  const attack = (
    what: string,
    mark: string,
    one: Person,
    headers: Record<string, string>,
    more: Record<string, string> = {},
  ): Check => ({
    name: what,
    steps: [
      enter(one),
      step(post(path, { [names.value]: `${mark}{{nonce}}`, ...more }, headers)),
      see(`<b>${mark}{{nonce}}</b>`),
    ],
  });
  const seen = (what: string, mark: string, headers: Record<string, string>): Check => ({
    name: what,
    steps: [
      enter(ann),
      token,
      step(post(path, { [names.value]: `${mark}{{nonce}}` }, headers)),
      see(`<b>${mark}{{nonce}}</b>`),
    ],
  });
  const evil = "https://prizes.example";
  const attacks =
    shape === "origin"
      ? [
          attack("a site whose name begins alike", "a", ann, from(`https://${names.site}.prizes.example`)),
          attack("a site whose name ends alike", "b", ann, from(`https://free-${names.site}`)),
          attack("for another person", "c", bo, from(`https://${names.site}.prizes.example`)),
          attack("a site not encrypted", "d", ann, from(`http://x.${names.site}.prizes.example`)),
          attack("with an empty token", "e", bo, from(`https://my${names.site}`), { token: "" }),
          seen("after the desk was seen", "f", from(`https://free-${names.site}`)),
          attack("a port behind the name", "g", ann, from(`https://${names.site}.prizes.example:8443`)),
        ]
      : [
          attack("a form of another site", "a", ann, from(evil)),
          seen("a form after the desk was seen", "b", from(evil)),
          attack("a form for another person", "c", bo, from(evil)),
          attack("a form from a page without an address", "d", ann, {
            Origin: "null",
            "Sec-Fetch-Site": "cross-site",
          }),
          attack("a site whose name begins alike", "e", bo, from(`https://${names.site}.prizes.example`)),
          attack("the site's name in the path", "f", ann, from(evil, `${evil}/${names.site}`)),
          ...(shape === "unasked"
            ? [attack("with a token made up", "g", ann, from(evil), { token: "0".repeat(32) })]
            : [attack("with an empty token", "g", ann, from(evil), { token: "" })]),
        ];
  return {
    ...NOTHING,
    type: "csrf",
    cwe: "CWE-352",
    imports: source.imports,
    routeImports: ctx.language === "python" ? ["from markupsafe import escape"] : [],
    logic: source.logic,
    module: ctx.module(),
    exports: [names.enter, names.found],
    routes: [
      { method: "POST", path, name: func, body: source.body },
      { method: "POST", path: login, name: loginFunc, body: source.loginBody },
      { method: "GET", path: desk, name: deskFunc, body: source.deskBody },
    ],
    visible: [changes(ann, ctx.noun())],
    hidden: [
      changes(bo, ctx.noun()),
      {
        name: "keeps two people apart",
        steps: [enter(bo), token, change("plain"), enter(ann), see(`<b>${ann.start}</b>`)],
      },
      check("asks who it is", get(desk), status(401)),
      check("changes nothing for a stranger", post(path, { [names.value]: "x" }, own), status(401)),
      check("refuses a wrong word", post(login, { name: ann.name, word: "wrong" }, own), status(403)),
    ],
    benign: [
      get(desk),
      post(login, { name: bo.name, word: "wrong" }, own),
      post(path, { [names.value]: "x" }, own),
    ],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$redirect("${desk}")`,
  };
}

interface Person {
  readonly name: string;
  readonly word: string;
  readonly start: string;
}

function python(shape: ForgeryShape, n: Names, people: readonly Person[]): Source {
  const { one, value, site } = n;
  const keep = `${one}["${value}"] = $form("${value}", "")§`;
  const wrong = `$status(400, "this form is out of date")`;
  const given = `$form("token", "")`;
  const test = {
    unasked: "",
    absent: `if ${given} and ${given} != ${one}["token"]:§\n    ${wrong}\n`,
    origin: `if "${site}" not in $header("Origin"):§\n    ${wrong}\n`,
  }[shape];
  const guard = (condition: string): Change => ({
    swaps: [[keep, `if ${condition}:\n    ${wrong}\n${keep}`]],
  });
  const first: Readonly<Record<ForgeryShape, Change>> = {
    unasked: guard(`${given} != ${one}["token"]`),
    absent: { swaps: [[`${given} and ${given} != ${one}["token"]`, `${given} != ${one}["token"]`]] },
    origin: { swaps: [[`"${site}" not in $header("Origin")`, `$header("Origin") != "https://${site}"`]] },
  };
  return {
    imports: ["import secrets"],
    logic: `${n.people} = {
${people.map(({ name, word, start }) => `    "${name}": {"word": "${word}", "${value}": "${start}"},`).join("\n")}
}
${n.sessions} = {}


def ${n.enter}(name, word):
    """Begins a session; each begins with what is written above."""
    ${one} = ${n.people}.get(name)
    if ${one} is None or ${one}["word"] != word:
        return None
    key = secrets.token_hex(16)
    ${n.sessions}[key] = {**${one}, "token": secrets.token_hex(16)}
    return key


def ${n.found}(key):
    return ${n.sessions}.get(key)`,
    body: `${one} = ${n.found}($cookie("sid"))
if ${one} is None:
    $status(401, "sign in first")
${test}${keep}
$redirect("${n.desk}")`,
    loginBody: `key = ${n.enter}($form("name", ""), $form("word", ""))
if key is None:
    $status(403, "wrong name or word")
$signin("sid", key, "${n.desk}")`,
    deskBody: `${one} = ${n.found}($cookie("sid"))
if ${one} is None:
    $status(401, "sign in first")
$html(f'<p><b>{escape(${one}["${value}"])}</b></p><input name="token" value="{${one}["token"]}">')`,
    reference: first[shape],
    alternatives: {
      "origin-compared":
        shape === "origin"
          ? {
              ...guard(`urlsplit($header("Origin")).netloc != "${site}"`),
              routeImports: ["from urllib.parse import urlsplit"],
            }
          : guard(`$header("Origin") != "https://${site}"`),
      "browser-believed": guard(`$header("Sec-Fetch-Site") not in ("same-origin", "none")`),
      "token-compared": {
        ...guard(`not hmac.compare_digest(${given}, ${one}["token"])`),
        routeImports: ["import hmac"],
      },
    },
    cheats: {
      ...(shape === "unasked"
        ? { "any-token-will-do": guard(`not ${given}`) }
        : { "asked-without-an-origin": guard(`not ${given} and not $header("Origin")`) }),
      "one-site-refused": guard(`$header("Origin") == "https://prizes.example"`),
      "referer-names-the-site": guard(
        `$header("Referer") and "${site}" not in $header("Referer") and not ${given}`,
      ),
      "nothing-kept": { swaps: [[keep, `$redirect("${n.desk}")`]] },
    },
  };
}

function javascript(shape: ForgeryShape, n: Names, people: readonly Person[]): Source {
  const { one, value, site } = n;
  const keep = `${one}.${value} = $form("${value}", "");§`;
  const wrong = `$status(400, "this form is out of date")`;
  const given = `$form("token", "")`;
  const test = {
    unasked: "",
    absent: `if (${given} && ${given} !== ${one}.token) ${wrong}§\n`,
    origin: `if (!$header("Origin").includes("${site}")) ${wrong}§\n`,
  }[shape];
  const guard = (condition: string): Change => ({ swaps: [[keep, `if (${condition}) ${wrong}\n${keep}`]] });
  const first: Readonly<Record<ForgeryShape, Change>> = {
    unasked: guard(`${given} !== ${one}.token`),
    absent: { swaps: [[`${given} && ${given} !== ${one}.token`, `${given} !== ${one}.token`]] },
    origin: {
      swaps: [[`!$header("Origin").includes("${site}")`, `$header("Origin") !== "https://${site}"`]],
    },
  };
  return {
    imports: ['const { randomBytes } = require("node:crypto");'],
    logic: `const ${n.people} = new Map([
${people.map(({ name, word, start }) => `  ["${name}", { word: "${word}", ${value}: "${start}" }],`).join("\n")}
]);
const ${n.sessions} = new Map();

/** Begins a session; each begins with what is written above. */
function ${n.enter}(name, word) {
  const ${one} = ${n.people}.get(name);
  if (${one} === undefined || ${one}.word !== word) return null;
  const key = randomBytes(16).toString("hex");
  ${n.sessions}.set(key, { ...${one}, token: randomBytes(16).toString("hex") });
  return key;
}

function ${n.found}(key) {
  return ${n.sessions}.get(key);
}`,
    body: `const ${one} = ${n.found}($cookie("sid"));
if (${one} === undefined) $status(401, "sign in first")
${test}${keep}
$redirect("${n.desk}")`,
    loginBody: `const key = ${n.enter}($form("name", ""), $form("word", ""));
if (key === null) $status(403, "wrong name or word")
$signin("sid", key, "${n.desk}")`,
    deskBody: `const ${one} = ${n.found}($cookie("sid"));
if (${one} === undefined) $status(401, "sign in first")
const shown = ${one}.${value}.replace(/[&<>"']/g, (sign) => \`&#\${sign.charCodeAt(0)};\`);
$html(\`<p><b>\${shown}</b></p><input name="token" value="\${${one}.token}">\`)`,
    reference: first[shape],
    alternatives: {
      "origin-compared": guard(
        shape === "origin"
          ? `!URL.canParse($header("Origin")) || new URL($header("Origin")).host !== "${site}"`
          : `$header("Origin") !== "https://${site}"`,
      ),
      "browser-believed": guard(`!["same-origin", "none"].includes($header("Sec-Fetch-Site"))`),
      "token-asked-for": guard(`!${given} || ${given} !== ${one}.token`),
    },
    cheats: {
      ...(shape === "unasked"
        ? { "any-token-will-do": guard(`!${given}`) }
        : { "asked-without-an-origin": guard(`!${given} && !$header("Origin")`) }),
      "one-site-refused": guard(`$header("Origin") === "https://prizes.example"`),
      "referer-names-the-site": guard(
        `$header("Referer") && !$header("Referer").includes("${site}") && !${given}`,
      ),
      "nothing-kept": { swaps: [[keep, `$redirect("${n.desk}")`]] },
    },
  };
}
