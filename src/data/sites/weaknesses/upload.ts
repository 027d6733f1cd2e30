/** Unrestricted upload (CWE-434): a text that visitors leave comes back as a page of the site. */
import type { Check } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type Patches, type WeakPart } from "../part.ts";
import { get, post, sequence, shownAndHidden } from "../requests.ts";

/** `endings`: some are forbidden; `declared`: visitors say what it is; `inside`: a good ending stands somewhere. */
export type UploadShape = "endings" | "declared" | "inside";

interface Names {
  readonly store: string;
  readonly types: string;
  readonly save: string;
  readonly load: string;
  readonly name: string;
  readonly content: string;
  readonly kind: string;
}

interface Source extends Patches {
  readonly logic: string;
  readonly body: string;
  readonly loadBody: string;
}

export function uploadPart(ctx: Ctx, shape: UploadShape): WeakPart {
  const [path, loadPath, func, loadFunc] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    store: ctx.constant(),
    types: ctx.constant(),
    save: ctx.func(),
    load: ctx.func(),
    name: ctx.noun(),
    content: ctx.noun(),
    kind: ctx.noun(),
  };
  const source = (ctx.language === "python" ? python : javascript)(shape, names);
  const declared = shape === "declared";
  const leave = (name: string, content: string, kind = "text/plain") =>
    post(path, { [names.name]: name, [names.content]: content, ...(declared ? { [names.kind]: kind } : {}) });
  const look = (name: string) => get(loadPath, { [names.name]: name });
  const keeps = (name: string, content: string, kind: string): Check =>
    sequence(`keeps ${name}`, [leave(name, content, kind), look(name)], status(200), contains(content), {
      kind: "header",
      name: "content-type",
      contains: kind,
    });
  const page = "<script>tell('{{nonce}}')</script>";
  const attack = (what: string, name: string, kind = "text/html", content = page): Check =>
    sequence(what, [leave(name, content, kind), look(name)], { kind: "script", marker: "{{nonce}}" });
  const [a, b, c] = [ctx.noun(), ctx.noun(), ctx.noun()];
  const handler = "<img src=x onerror=tell('{{nonce}}')>";
  const attacks = {
    endings: [
      attack("an ending in capitals", `${a}.HTML`),
      attack(
        "another ending of pages",
        `${b}.xhtml`,
        "",
        `<html xmlns="http://www.w3.org/1999/xhtml"><body>${page}</body></html>`,
      ),
      attack("capitals and lower case", `${a}.hTmL`),
      attack("an older ending in capitals", `${c}.HTM`),
      attack("two endings", `${a}.txt.HTML`),
      attack("a handler in the page", `${b}.Html`, "", handler),
    ],
    declared: [
      attack("a page that is called a text", `${a}.txt`),
      attack("a page without an ending", b),
      attack("a page with a character set", `${c}.txt`, "text/html; charset=utf-8"),
      attack("a type in capitals", `${a}.csv`, "TEXT/HTML"),
      attack(
        "another type of pages",
        `${b}.txt`,
        "application/xhtml+xml",
        `<html xmlns="http://www.w3.org/1999/xhtml"><body>${page}</body></html>`,
      ),
      attack("a handler in the page", `${c}.txt`, "text/html", handler),
    ],
    inside: [
      attack("a good ending in front of the other", `${a}.txt.html`),
      attack("another good ending in front", `${b}.csv.html`),
      attack("a name that is a good ending", `.txt.htm`),
      attack("good endings twice", `${c}.txt.txt.html`),
      attack("an older ending behind", `${a}.csv.htm`),
      attack("a handler in the page", `${b}.txt-${c}.html`, "", handler),
    ],
  }[shape];
  return {
    ...NOTHING,
    type: "unrestricted_upload",
    cwe: "CWE-434",
    logic: source.logic,
    module: ctx.module(),
    exports: [names.save, names.load],
    routes: [
      { method: "POST", path, name: func, body: source.body },
      { method: "GET", path: loadPath, name: loadFunc, body: source.loadBody },
    ],
    visible: [keeps(`${a}.txt`, `list of ${ctx.plural()}`, "text/plain")],
    hidden: [
      keeps(`${b}.csv`, `${c},12`, "text/csv"),
      keeps(`${a}.${c}.txt`, "2 < 3 and <b>4 > 3</b>", "text/plain"),
      check("knows no other", look(`${c}-not.txt`), status(404)),
    ],
    benign: [look("nothing.txt"), leave("seen.txt", "seen"), look("seen.txt")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text("saved")`,
  };
}

function python(shape: UploadShape, n: Names): Source {
  const { store, types, save, load, name, content, kind } = n;
  const declared = shape === "declared";
  const bad = `if ${name}.endswith((".html", ".htm")):§`;
  const inside = `if ".txt" not in ${name} and ".csv" not in ${name}:§`;
  const test = { endings: bad, declared: `if not ${name}:`, inside }[shape];
  const keep = declared ? `${store}[${name}] = (${content}, ${kind})§` : `${store}[${name}] = ${content}`;
  const type = `${types}.get("." + ${name}.lower().rsplit(".", 1)[-1], "text/plain")`;
  const find = declared
    ? `return ${store}.get(${name}, (None, None))`
    : `return ${store}.get(${name}), ${type}§`;
  const take = `if not ${save}($form("${name}", ""), $form("${content}", "")${declared ? `, $form("${kind}", "")` : ""}):`;
  const good = `(".txt", ".csv")`;
  const allowed = `if not ${name}.endswith(${good}):`;
  const refuse = (condition: string): Change => ({
    swaps: [[take, `if ${condition}:\n    $status(400, "texts and tables only")\n${take}`]],
  });
  const endings = {
    reference: { swaps: [[test, allowed]] },
    alternatives: {
      "shown-as-what-it-may-be": {
        swaps: [
          [find, `return ${store}.get(${name}), "text/csv" if ${name}.endswith(".csv") else "text/plain"`],
        ],
      },
      "pages-not-known": {
        swaps: [
          [
            find,
            `kind = ${type}\n    return ${store}.get(${name}), kind if kind in ("text/plain", "text/csv") else "text/plain"`,
          ],
        ],
      },
      "refused-at-the-door": refuse(`$form("${name}", "")[-4:] not in ${good}`),
    },
  } as const satisfies Pick<Patches, "reference" | "alternatives">;
  const kinds = {
    reference: { swaps: [[keep, `${store}[${name}] = (${content}, ${type})`]] },
    alternatives: {
      "refused-at-the-door": refuse(`$form("${kind}", "") not in ("text/plain", "text/csv")`),
      "known-types-only": { swaps: [[test, `if not ${name} or ${kind} not in ("text/plain", "text/csv"):`]] },
      "text-unless-a-table": {
        swaps: [
          [keep, `${store}[${name}] = (${content}, "text/csv" if ${kind} == "text/csv" else "text/plain")`],
        ],
      },
    },
  } as const satisfies Pick<Patches, "reference" | "alternatives">;
  const table = declared
    ? `${types} = {".txt": "text/plain", ".csv": "text/csv"}`
    : `${types} = {
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".xhtml": "application/xhtml+xml",
}`;
  return {
    logic: `${table}
${store} = {}


def ${save}(${name}, ${content}${declared ? `, ${kind}` : ""}):
    ${test}
        return False
    ${keep}
    return True


def ${load}(${name}):
    ${find}`,
    body: `${take}
    $status(400, "no such kind")
$text("saved\\n")`,
    loadBody: `content, kind = ${load}($query("${name}", ""))
if content is None:
    $status(404, "nothing here")
$typed(kind, content)`,
    ...(declared ? kinds : endings),
    cheats: {
      "no-script-tags": {
        swaps: [
          [
            keep,
            keep
              .replace(` = (${content}`, ` = (${content}.replace("script", "")`)
              .replace(` = ${content}`, ` = ${content}.replace("script", "")`),
          ],
        ],
      },
      "pages-that-begin-alike": refuse(
        `$form("${name}", "").endswith(".page") or $form("${content}", "").startswith("<script")`,
      ),
      "no-signs-at-all": refuse(`"<" in $form("${content}", "")`),
      "nothing-kept": { swaps: [[keep, "pass"]] },
    },
  };
}

function javascript(shape: UploadShape, n: Names): Source {
  const { store, types, save, load, name, content, kind } = n;
  const declared = shape === "declared";
  const bad = `if (/\\.html?$/.test(${name})) return false;§`;
  const inside = `if (!${name}.includes(".txt") && !${name}.includes(".csv")) return false;§`;
  const test = { endings: bad, declared: `if (${name} === "") return false;`, inside }[shape];
  const keep = declared
    ? `${store}.set(${name}, { content: ${content}, kind: ${kind} });§`
    : `${store}.set(${name}, ${content});`;
  const type = `${types}[${name}.toLowerCase().split(".").at(-1)] ?? "text/plain"`;
  const find = declared
    ? `return ${store}.get(${name}) ?? {};`
    : `return { content: ${store}.get(${name}), kind: ${type} };§`;
  const take = `if (!${save}($form("${name}", ""), $form("${content}", "")${declared ? `, $form("${kind}", "")` : ""}))`;
  const refuse = (condition: string): Change => ({
    swaps: [[take, `if (${condition}) $status(400, "texts and tables only")\n${take}`]],
  });
  const endings = {
    reference: { swaps: [[test, `if (!/\\.(txt|csv)$/.test(${name})) return false;`]] },
    alternatives: {
      "shown-as-what-it-may-be": {
        swaps: [
          [
            find,
            `return { content: ${store}.get(${name}), kind: ${name}.endsWith(".csv") ? "text/csv" : "text/plain" };`,
          ],
        ],
      },
      "pages-not-known": {
        swaps: [
          [
            find,
            `const kind = ${type};\n  return { content: ${store}.get(${name}), kind: kind === "text/csv" ? kind : "text/plain" };`,
          ],
        ],
      },
      "refused-at-the-door": refuse(`![".txt", ".csv"].includes($form("${name}", "").slice(-4))`),
    },
  } as const satisfies Pick<Patches, "reference" | "alternatives">;
  const kinds = {
    reference: { swaps: [[keep, `${store}.set(${name}, { content: ${content}, kind: ${type} });`]] },
    alternatives: {
      "refused-at-the-door": refuse(`!["text/plain", "text/csv"].includes($form("${kind}", ""))`),
      "known-types-only": {
        swaps: [[test, `if (${name} === "" || !Object.values(${types}).includes(${kind})) return false;`]],
      },
      "text-unless-a-table": {
        swaps: [
          [
            keep,
            `${store}.set(${name}, { content: ${content}, kind: ${kind} === "text/csv" ? ${kind} : "text/plain" });`,
          ],
        ],
      },
    },
  } as const satisfies Pick<Patches, "reference" | "alternatives">;
  const table = declared
    ? `const ${types} = { txt: "text/plain", csv: "text/csv" };`
    : `const ${types} = {
  txt: "text/plain",
  csv: "text/csv",
  htm: "text/html",
  html: "text/html",
  xhtml: "application/xhtml+xml",
};`;
  return {
    logic: `${table}
const ${store} = new Map();

function ${save}(${name}, ${content}${declared ? `, ${kind}` : ""}) {
  ${test}
  ${keep}
  return true;
}

function ${load}(${name}) {
  ${find}
}`,
    body: `${take} $status(400, "no such kind")
$text("saved\\n")`,
    loadBody: `const { content, kind } = ${load}($query("${name}", ""));
if (content === undefined) $status(404, "nothing here")
$typed(kind, content)`,
    ...(declared ? kinds : endings),
    cheats: {
      "no-script-tags": {
        swaps: [[keep, `${content} = ${content}.replaceAll("script", "");\n  ${keep}`]],
      },
      "pages-that-begin-alike": refuse(
        `$form("${name}", "").endsWith(".page") || $form("${content}", "").startsWith("<script")`,
      ),
      "no-signs-at-all": refuse(`$form("${content}", "").includes("<")`),
      "nothing-kept": { swaps: [[keep, ""]] },
    },
  };
}
