/** Cross-site request forgery (CWE-352): the sources in Python. */
import type { Change } from "../part.ts";
import type { ForgeryShape, Names, Person, Source } from "./forgery.ts";

export function python(shape: ForgeryShape, n: Names, people: readonly Person[]): Source {
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
