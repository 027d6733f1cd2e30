/** Open redirects (CWE-601): the sources in Python. */
import type { Ctx } from "../ctx.ts";
import type { Change } from "../part.ts";
import type { Way } from "../requests.ts";
import type { Names, RedirectShape, Source } from "./redirect.ts";

export function python(ctx: Ctx, shape: RedirectShape, { to, site, pages, table }: Names, way: Way): Source {
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
