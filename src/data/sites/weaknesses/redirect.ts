/** Open redirects (CWE-601): a page that sends visitors on to where a parameter says. */
import type { Check } from "../../../core/index.ts";
import { status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { pickWay, shownAndHidden } from "../requests.ts";
import { javascript } from "./redirect-javascript.ts";
import { python } from "./redirect-python.ts";

/** `open`: unchecked; `slash`: must begin with a slash; `own`: must name the site. */
export type RedirectShape = "open" | "slash" | "own";

export interface Names {
  readonly to: string;
  /** The site's own host. */
  readonly site: string;
  readonly pages: readonly string[];
  readonly table: string;
}

export function redirectPart(ctx: Ctx, shape: RedirectShape): WeakPart {
  const way = pickWay(ctx);
  const [path, name] = [ctx.route(), ctx.func()];
  const names: Names = {
    to: ctx.noun(),
    site: `${ctx.noun()}.example`,
    pages: [ctx.route(), ctx.route(), `${ctx.route()}?${ctx.noun()}=${1 + ctx.rng.int(9)}`],
    table: ctx.constant(),
  };
  const source = (ctx.language === "python" ? python : javascript)(ctx, shape, names, way);
  const start = shape === "own" ? `https://${names.site}` : "";
  const follow = (page: string): Check => ({
    name: `sends on to ${page}`,
    steps: [
      {
        request: way.send(path, { [names.to]: start + page }),
        expect: [status(302), { kind: "header", name: "location", contains: start + page }],
      },
    ],
  });
  const attacks = (shape === "own" ? namesTheSite(names.site) : PLAIN)
    .filter(([, to]) => shape !== "slash" || to.startsWith("/"))
    .map(([what, to]): Check => {
      const request = way.send(path, { [names.to]: to });
      return { name: what, steps: [{ request, expect: [{ kind: "leaves", host: "{{nonce}}" }] }] };
    });
  return {
    ...NOTHING,
    type: "open_redirect",
    cwe: "CWE-601",
    routes: [{ method: way.method, path, name, body: source.body }],
    visible: [follow(names.pages[0]!)],
    hidden: names.pages.slice(1).map(follow),
    benign: names.pages.map((page) => way.send(path, { [names.to]: start + page })),
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$redirect("${start}${names.pages[0]}")`,
  };
}

const HOST = "{{nonce}}.example";
const PLAIN: readonly (readonly [string, string])[] = [
  ["another host without a scheme", `//${HOST}`],
  ["another site", `https://${HOST}/`],
  ["another site, not encrypted", `http://${HOST}/path?x=1`],
  ["a scheme in capitals", `HTTPS://${HOST}`],
  ["a scheme without slashes", `https:${HOST}`],
  ["a user before the host", `//pages@${HOST}/x`],
  ["a path behind the host", `//${HOST}/a/b`],
  ["a port behind the host", `//${HOST}:8080/`],
  ["a query behind the host", `//${HOST}?x=/`],
  ["a fragment behind the host", `//${HOST}#/`],
];

const namesTheSite = (site: string): readonly (readonly [string, string])[] => [
  ["the site's name in the query", `https://${HOST}/?${site}`],
  ["the site's name as a user", `https://${site}@${HOST}/`],
  ["the site's name in front of another", `https://${site}.${HOST}/`],
  ["the site's name in the path", `//${HOST}/${site}`],
  ["the site's name as a fragment", `https://${HOST}#${site}`],
  ["an address of the site in the query", `http://${HOST}/?to=https://${site}/`],
  ["the site's name as a password", `https://x:${site}@${HOST}/`],
];

export interface Source extends Patches {
  readonly body: string;
}
