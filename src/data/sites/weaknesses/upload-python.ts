/** Unrestricted upload (CWE-434): the sources in Python. */
import type { Change, Patches } from "../part.ts";
import type { Names, Source, UploadShape } from "./upload.ts";

export function python(shape: UploadShape, n: Names): Source {
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
