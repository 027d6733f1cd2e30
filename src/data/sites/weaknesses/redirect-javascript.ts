/** Open redirects (CWE-601): the sources in JavaScript. */
import type { Ctx } from "../ctx.ts";
import type { Change } from "../part.ts";
import type { Way } from "../requests.ts";
import type { Names, RedirectShape, Source } from "./redirect.ts";

export function javascript(
  ctx: Ctx,
  shape: RedirectShape,
  { to, site, pages, table }: Names,
  way: Way,
): Source {
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
