/** Missing authorization (CWE-639, CWE-862): the sources in JavaScript. */
import type { Change } from "../part.ts";
import type { AccessShape, Names, Source } from "./access.ts";

export function javascript(shape: AccessShape, n: Names): Source {
  const { data, who, one, personOf, recordsOf, recordOf } = n;
  const flag = `${who}.${n.chief}`;
  const logic = `const ${data} = JSON.parse(readFileSync("${n.file}", "utf8"));

function ${personOf}(key) {
  return ${data}.people.find((${one}) => ${one}.key === key);
}

/** What a person keeps, and what others share with them. */
function ${recordsOf}(name) {
  return ${data}.records.filter(({ owner, shared }) => owner === name || shared.includes(name));
}`;
  const lookup = `

function ${recordOf}(wanted) {
  return ${data}.records.find(({ id }) => id === wanted);
}`;
  const signedIn = `const ${who} = ${personOf}($header("X-Key"));
if (${who} === undefined) $status(401, "whose key?")`;
  const own = `$json(${recordsOf}(${who}.name))`;
  const missing = `$status(404, "no such ${one}")`;
  if (shape === "record") {
    const absent = `if (${one} === undefined)`;
    const find = `const ${one} = ${recordOf}($query("${n.id}", ""));§`;
    const show = `$json(${one})§`;
    const mine = `${recordsOf}(${who}.name)`;
    return {
      logic: logic + lookup,
      exports: [personOf, recordsOf, recordOf],
      body: `${signedIn}\n${find}\n${absent} ${missing}\n${show}`,
      listBody: `${signedIn}\n${own}`,
      reference: { swaps: [[absent, `if (${one} === undefined || !${mine}.includes(${one}))`]] },
      alternatives: {
        "found-among-their-own": {
          swaps: [
            [
              find,
              `const wanted = $query("${n.id}", "");\nconst ${one} = ${mine}.find(({ id }) => id === wanted);`,
            ],
          ],
        },
        "asked-before-the-answer": {
          swaps: [
            [
              show,
              `if (![${one}.owner, ...${one}.shared].includes(${who}.name)) $status(403, "not yours")\n${show}`,
            ],
          ],
        },
        "owner-or-shared": {
          swaps: [
            [
              absent,
              `if (!${one} || (${one}.owner !== ${who}.name && !${one}.shared.includes(${who}.name)))`,
            ],
          ],
        },
      },
      cheats: {
        "owners-only": { swaps: [[absent, `if (${one}?.owner !== ${who}.name)`]] },
        "shared-ones-closed": {
          swaps: [[absent, `if (!${one} || (${one}.shared.length > 0 && !${mine}.includes(${one})))`]],
        },
        "text-left-out": { swaps: [[show, `$json({ id: ${one}.id, owner: ${one}.owner })`]] },
      },
    };
  }
  if (shape === "report") {
    const show = `$json(${data}.records)§`;
    const refused = (condition: string): Change => ({
      swaps: [[show, `if (${condition}) $status(403, "not for you")\n${show}`]],
    });
    return {
      logic,
      exports: [data, personOf, recordsOf],
      body: `${signedIn}\n${show}`,
      listBody: `${signedIn}\n${own}`,
      reference: refused(`!${flag}`),
      alternatives: {
        "what-they-may-see": {
          swaps: [[show, `$json(${flag} ? ${data}.records : ${recordsOf}(${who}.name))`]],
        },
        "hidden-from-others": { swaps: [[show, `if (${flag} !== true) $status(404, "not found")\n${show}`]] },
        "found-among-those-who-may": refused(
          `!${data}.people.filter(({ ${n.chief} }) => ${n.chief}).includes(${who})`,
        ),
      },
      cheats: {
        "flag-misread": refused(`!("${n.chief}" in ${who})`),
        "empty-for-all": { swaps: [[show, "$json([])"]] },
        "words-refused": refused(`$query("${n.id}", "") !== "" || $query("all", "") !== ""`),
      },
    };
  }
  const take = `const name = $query("${n.who}", "") || ${who}.name;§`;
  return {
    logic,
    exports: [personOf, recordsOf],
    body: `${signedIn}\n${take}\n$json(${recordsOf}(name))§`,
    listBody: `${signedIn}\n${own}`,
    reference: { swaps: [[take, `const name = (${flag} && $query("${n.who}", "")) || ${who}.name;`]] },
    alternatives: {
      "refused-for-others": {
        swaps: [[take, `${take}\nif (name !== ${who}.name && !${flag}) $status(403, "not yours")`]],
      },
      "asked-first": {
        swaps: [[take, `let { name } = ${who};\nif (${flag}) name = $query("${n.who}", "") || name;`]],
      },
      "only-what-they-may-see": {
        swaps: [
          [
            `$json(${recordsOf}(name))§`,
            `const may = ${recordsOf}(${who}.name);\n$json(${recordsOf}(name).filter((${one}) => ${flag} || may.includes(${one})))`,
          ],
        ],
      },
    },
    cheats: {
      "never-for-others": { swaps: [[take, `const { name } = ${who};`]] },
      "nothing-for-others": {
        swaps: [[take, `${take}\nif (name !== ${who}.name) $status(403, "not yours")`]],
      },
      "header-believed": {
        swaps: [[take, `const name = $header("X-For") || $query("${n.who}", "") || ${who}.name;`]],
      },
    },
  };
}
