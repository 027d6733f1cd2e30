/** Unrestricted upload (CWE-434): the sources in JavaScript. */
import type { Change, Patches } from "../part.ts";
import type { Names, Source, UploadShape } from "./upload.ts";

export function javascript(shape: UploadShape, n: Names): Source {
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
