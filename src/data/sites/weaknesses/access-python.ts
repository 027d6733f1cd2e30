/** Missing authorization (CWE-639, CWE-862): the sources in Python. */
import type { Change } from "../part.ts";
import type { AccessShape, Names, Source } from "./access.ts";

export function python(shape: AccessShape, n: Names): Source {
  const { data, who, one, personOf, recordsOf, recordOf } = n;
  const flag = `${who}["${n.chief}"]`;
  const logic = `with open("${n.file}") as file:
    ${data} = json.load(file)


def ${personOf}(key):
    return next((${one} for ${one} in ${data}["people"] if ${one}["key"] == key), None)


def ${recordsOf}(name):
    """What a person keeps, and what others share with them."""
    return [${one} for ${one} in ${data}["records"] if name == ${one}["owner"] or name in ${one}["shared"]]`;
  const lookup = `


def ${recordOf}(wanted):
    return next((${one} for ${one} in ${data}["records"] if ${one}["id"] == wanted), None)`;
  const signedIn = `${who} = ${personOf}($header("X-Key"))
if ${who} is None:
    $status(401, "whose key?")`;
  const own = `$json(${recordsOf}(${who}["name"]))`;
  const missing = `$status(404, "no such ${one}")`;
  if (shape === "record") {
    const absent = `if ${one} is None:`;
    const find = `${one} = ${recordOf}($query("${n.id}", ""))§`;
    const show = `$json(${one})§`;
    const mine = `${recordsOf}(${who}["name"])`;
    return {
      logic: logic + lookup,
      exports: [personOf, recordsOf, recordOf],
      body: `${signedIn}\n${find}\n${absent}\n    ${missing}\n${show}`,
      listBody: `${signedIn}\n${own}`,
      reference: { swaps: [[absent, `if ${one} is None or ${one} not in ${mine}:`]] },
      alternatives: {
        "found-among-their-own": {
          swaps: [
            [
              find,
              `wanted = $query("${n.id}", "")\n${one} = next((each for each in ${mine} if each["id"] == wanted), None)`,
            ],
          ],
        },
        "asked-before-the-answer": {
          swaps: [
            [
              show,
              `if ${who}["name"] not in [${one}["owner"], *${one}["shared"]]:\n    $status(403, "not yours")\n${show}`,
            ],
          ],
        },
        "owner-or-shared": {
          swaps: [
            [
              absent,
              `if ${one} is None or not (${one}["owner"] == ${who}["name"] or ${who}["name"] in ${one}["shared"]):`,
            ],
          ],
        },
      },
      cheats: {
        "owners-only": { swaps: [[absent, `if ${one} is None or ${one}["owner"] != ${who}["name"]:`]] },
        "shared-ones-closed": {
          swaps: [[absent, `if ${one} is None or (${one}["shared"] and ${one} not in ${mine}):`]],
        },
        "text-left-out": { swaps: [[show, `$json({"id": ${one}["id"], "owner": ${one}["owner"]})`]] },
      },
    };
  }
  if (shape === "report") {
    const show = `$json(${data}["records"])§`;
    const none = `if ${who} is None:\n    $status(401, "whose key?")\n${show}`;
    const refused = (condition: string): Change => ({
      swaps: [[show, `if ${condition}:\n    $status(403, "not for you")\n${show}`]],
    });
    return {
      logic,
      exports: [data, personOf, recordsOf],
      body: `${signedIn}\n${show}`,
      listBody: `${signedIn}\n${own}`,
      reference: refused(`not ${flag}`),
      alternatives: {
        "what-they-may-see": {
          swaps: [[show, `$json(${data}["records"] if ${flag} else ${recordsOf}(${who}["name"]))`]],
        },
        "asked-with-the-key": {
          swaps: [
            [
              none,
              `if ${who} is None:\n    $status(401, "whose key?")\nif ${flag} is not True:\n    $status(404, "not found")\n${show}`,
            ],
          ],
        },
        "found-among-those-who-may": {
          swaps: [
            [
              show,
              `if ${who}["key"] not in [${one}["key"] for ${one} in ${data}["people"] if ${one}["${n.chief}"]]:\n    $status(403, "not for you")\n${show}`,
            ],
          ],
        },
      },
      cheats: {
        "flag-misread": refused(`"${n.chief}" not in ${who}`),
        "empty-for-all": { swaps: [[show, "$json([])"]] },
        "words-refused": refused(`$query("${n.id}", "") or $query("all", "")`),
      },
    };
  }
  const named = `${who}["name"]`;
  const take = `name = $query("${n.who}", "") or ${named}§`;
  return {
    logic,
    exports: [personOf, recordsOf],
    body: `${signedIn}\n${take}\n$json(${recordsOf}(name))§`,
    listBody: `${signedIn}\n${own}`,
    reference: { swaps: [[take, `name = ${flag} and $query("${n.who}", "") or ${named}`]] },
    alternatives: {
      "refused-for-others": {
        swaps: [[take, `${take}\nif name != ${named} and not ${flag}:\n    $status(403, "not yours")`]],
      },
      "asked-first": {
        swaps: [[take, `name = ${named}\nif ${flag}:\n    name = $query("${n.who}", "") or name`]],
      },
      "only-what-they-may-see": {
        swaps: [
          [
            `$json(${recordsOf}(name))§`,
            `$json([${one} for ${one} in ${recordsOf}(name) if ${flag} or ${one} in ${recordsOf}(${named})])`,
          ],
        ],
      },
    },
    cheats: {
      "never-for-others": { swaps: [[take, `name = ${named}`]] },
      "nothing-for-others": {
        swaps: [[take, `${take}\nif name != ${named}:\n    $status(403, "not yours")`]],
      },
      "header-believed": { swaps: [[take, `name = $header("X-For") or $query("${n.who}", "") or ${named}`]] },
    },
  };
}
