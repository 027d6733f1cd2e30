/** Cross-site request forgery (CWE-352): the sources in JavaScript. */
import type { Change } from "../part.ts";
import type { ForgeryShape, Names, Person, Source } from "./forgery.ts";

export function javascript(shape: ForgeryShape, n: Names, people: readonly Person[]): Source {
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
