/** Open redirects (CWE-601): a page that sends visitors on to where a parameter says. */
import type { Check } from "../../../core/index.ts";
import { status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type Patches, type WeakPart } from "../part.ts";
import { pickWay, shownAndHidden, type Way } from "../requests.ts";

/** `open`: unchecked; `slash`: must begin with a slash; `own`: must name the site. */
export type RedirectShape = "open" | "slash" | "own";

interface Names {
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

interface Source extends Patches {
  readonly body: string;
}

function python(ctx: Ctx, shape: RedirectShape, { to, site, pages, table }: Names, way: Way): Source {
  const read = `${to} = ${way.read(to, "/")}`;
  const refuse = ctx.rng.pick([`$status(400, "not a page of ours")`, `${to} = "/"`]);
  const guard = (condition: string): Change => ({ swaps: [[go, `if ${condition}:\n    ${refuse}\n${go}`]] });
  const go = `$redirect(${to})§`;
  const local = pages.map((page) => `"${page.split("?")[0]}"`).join(", ");
  const check = { open: "", slash: `if not ${to}.startswith("/"):\n    ${to} = "/"\n`, own: ownCheck() }[
    shape
  ];
  function ownCheck(): string {
    return `if "${site}" not in ${to}:§\n    ${to} = "https://${site}/"\n`;
  }
  const body = `${read}\n${check}${go}`;
  const cheats: Record<string, Change> = {
    "always-home": { swaps: [[go, `$redirect("/")`]] },
    "schemes-refused": guard(`${to}.lower().startswith("http:")`),
    "slashes-joined": {
      swaps: [[go, `$redirect(${to}.replace("///", "/").replace("://${ctx.noun()}", "/"))`]],
    },
    "shown-host-refused": guard(`".example/path" in ${to}`),
  };
  if (shape === "own")
    return {
      body,
      reference: { swaps: [[`"${site}" not in ${to}`, `not ${to}.startswith("https://${site}/")`]] },
      alternatives: {
        "whole-address-matched": {
          swaps: [
            [
              `"${site}" not in ${to}`,
              `not re.fullmatch(r"https://${site.replace(".", "\\.")}/[\\w/?=&-]*", ${to})`,
            ],
          ],
          routeImports: ["import re"],
        },
        "address-rebuilt": {
          swaps: [
            [
              go,
              `parts = urlsplit(${to})\n$redirect(urlunsplit(("https", "${site}", parts.path, parts.query, "")))`,
            ],
          ],
          routeImports: ["from urllib.parse import urlsplit, urlunsplit"],
        },
        "table-of-pages": {
          swaps: [
            [
              go,
              `if ${to}.split("?")[0] not in [f"https://${site}{page}" for page in (${local})]:\n    ${refuse}\n${go}`,
            ],
          ],
        },
      },
      cheats: {
        ...cheats,
        "name-in-front": { swaps: [[`"${site}" not in ${to}`, `not ${to}.startswith("https://${site}")`]] },
      },
    };
  return {
    body,
    reference: {
      ...guard(`not re.fullmatch(r"/(?![/\\\\])[\\w/?=&.-]*", ${to})`),
      routeImports: ["import re"],
    },
    alternatives: {
      "table-of-pages": guard(`${to}.split("?")[0] not in (${local})`),
      "parts-looked-at": {
        ...guard(`urlsplit(${to}).scheme or urlsplit(${to}).netloc or not re.match(r"/[\\w-]", ${to})`),
        routeImports: ["import re", "from urllib.parse import urlsplit"],
      },
      "made-local": { swaps: [[go, `$redirect("/" + ${to}.lstrip("/\\\\ \\t\\r\\n"))`]] },
    },
    cheats: { ...cheats, "users-refused": guard(`"@" in ${to} or "${table}" in ${to}`) },
  };
}

function javascript(ctx: Ctx, shape: RedirectShape, { to, site, pages, table }: Names, way: Way): Source {
  const go = `$redirect(${to})§`;
  const word = shape === "open" ? "const" : "let";
  const refuse =
    ctx.rng.chance(0.5) || shape === "open" ? `$status(400, "not a page of ours")` : `${to} = "/";`;
  const guard = (condition: string): Change => ({ swaps: [[go, `if (${condition}) ${refuse}\n${go}`]] });
  const local = pages.map((page) => `"${page.split("?")[0]}"`).join(", ");
  const check = {
    open: "",
    slash: `if (!${to}.startsWith("/")) ${to} = "/";\n`,
    own: `if (!${to}.includes("${site}")) ${to} = "https://${site}/";§\n`,
  }[shape];
  const body = `${word} ${to} = ${way.read(to, "/")};\n${check}${go}`;
  const cheats: Record<string, Change> = {
    "always-home": { swaps: [[go, `$redirect("/")`]] },
    "schemes-refused": guard(`${to}.toLowerCase().startsWith("http:")`),
    "slashes-joined": {
      swaps: [[go, `$redirect(${to}.replace("///", "/").replace("://${ctx.noun()}", "/"))`]],
    },
    "shown-host-refused": guard(`${to}.includes(".example/path")`),
  };
  if (shape === "own") {
    const weak = `!${to}.includes("${site}")`;
    return {
      body,
      reference: { swaps: [[weak, `!${to}.startsWith("https://${site}/")`]] },
      alternatives: {
        "whole-address-matched": {
          swaps: [[weak, `!/^https:\\/\\/${site.replace(".", "\\.")}\\/[\\w/?=&-]*$/.test(${to})`]],
        },
        "host-compared": {
          swaps: [[weak, `!URL.canParse(${to}) || new URL(${to}).origin !== "https://${site}"`]],
        },
        "address-rebuilt": {
          swaps: [
            [
              go,
              `const { pathname, search } = new URL(${to}, "https://${site}");\n$redirect("https://${site}" + pathname + search)`,
            ],
          ],
        },
      },
      cheats: { ...cheats, "name-in-front": { swaps: [[weak, `!${to}.startsWith("https://${site}")`]] } },
    };
  }
  return {
    body,
    reference: guard(`!/^\\/(?![/\\\\])[\\w/?=&.-]*$/.test(${to})`),
    alternatives: {
      "table-of-pages": guard(`![${local}].includes(${to}.split("?")[0])`),
      "origin-compared": guard(
        `new URL(${to}, "http://${site}").origin !== "http://${site}" || !/^\\/\\w/.test(${to})`,
      ),
      "made-local": { swaps: [[go, `$redirect("/" + ${to}.replace(/^[/\\\\\\s]+/, ""))`]] },
    },
    cheats: { ...cheats, "users-refused": guard(`${to}.includes("@") || ${to}.includes("${table}")`) },
  };
}
