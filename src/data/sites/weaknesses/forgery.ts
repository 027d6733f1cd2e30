/** Cross-site request forgery (CWE-352): a form of another site is taken for one of the site's own. */
import type { Check, Request, Step } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, post, shownAndHidden } from "../requests.ts";
import { javascript } from "./forgery-javascript.ts";
import { python } from "./forgery-python.ts";

/** `unasked`: the token is not looked at; `absent`: a form without one passes; `origin`: the origin must name the site. */
export type ForgeryShape = "unasked" | "absent" | "origin";

export interface Names {
  readonly people: string;
  readonly sessions: string;
  readonly enter: string;
  readonly found: string;
  readonly one: string;
  readonly value: string;
  readonly site: string;
  readonly desk: string;
}

export interface Source extends Patches {
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

export interface Person {
  readonly name: string;
  readonly word: string;
  readonly start: string;
}
