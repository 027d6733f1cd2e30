/** Missing authorization (CWE-639, CWE-862): who asks is known, but not compared with whose it is. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type Patches, type WeakPart } from "../part.ts";
import { get, shownAndHidden } from "../requests.ts";

/** `record`: any id is answered; `report`: everybody may see what stewards see; `claimed`: the person is a parameter. */
export type AccessShape = "record" | "report" | "claimed";

interface Names {
  readonly data: string;
  readonly file: string;
  readonly who: string;
  readonly one: string;
  readonly id: string;
  readonly personOf: string;
  readonly recordsOf: string;
  readonly recordOf: string;
  /** The flag of a person who may see everything. */
  readonly chief: string;
}

interface Source extends Patches {
  readonly logic: string;
  readonly body: string;
  readonly listBody: string;
  readonly exports: readonly string[];
}

export function accessPart(ctx: Ctx, shape: AccessShape): WeakPart {
  const { rng } = ctx;
  const [path, listPath, name, listName] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    data: ctx.constant(),
    file: `data/${ctx.plural()}.json`,
    who: ctx.noun(),
    one: ctx.noun(),
    id: ctx.noun(),
    personOf: ctx.func(),
    recordsOf: ctx.func(),
    recordOf: ctx.func(),
    chief: ctx.noun(),
  };
  const person = (mayAll: boolean) => ({
    name: ctx.noun(),
    key: `${ctx.noun()}-${100 + rng.int(900)}`,
    [names.chief]: mayAll,
  });
  const [ann, bo, cy, chief] = [person(false), person(false), person(false), person(true)] as const;
  const people = [ann, bo, cy, chief];
  const ids = rng.shuffle([11, 12, 23, 31, 47, 58]).map(String);
  const records = ids.map((id, i) => ({
    id,
    owner: people[i % 3]!.name,
    // One record of each is also for somebody else, which the obvious comparison of owners forgets.
    shared: i < 3 ? [people[(i + 1) % 3]!.name] : [],
    text: `{{canary:${"abcdef"[i]}}} ${ctx.noun()}`,
  }));
  const source = (ctx.language === "python" ? python : javascript)(shape, names);
  const key = (one: Person) => ({ "X-Key": one.key });
  const see = (one: Person | undefined, query: Readonly<Record<string, string>> = {}) =>
    get(path, query, one === undefined ? {} : key(one));
  const text = (i: number): string => `{{canary:${"abcdef"[i]}}}`;
  const list = (one: Person) => get(listPath, {}, key(one));
  const attack = (what: string, one: Person, query: Record<string, string>, i: number): Check =>
    check(what, see(one, query), contains(text(i)));
  const byId = (i: number) => ({ [names.id]: ids[i]! });
  const lists = [
    check(
      "lists what is one's own and shared",
      list(ann),
      status(200),
      contains(text(0)),
      contains(text(2)),
      lacks(text(1)),
    ),
    check("lists nothing without a key", get(listPath), status(401)),
    check("lists what is another's own", list(bo), contains(text(1)), contains(text(4)), lacks(text(5))),
  ];
  const refusals = [check("asks for a key", see(undefined, shape === "record" ? byId(0) : {}), status(401))];
  const behaviour = {
    record: {
      visible: [check("shows one's own record", see(ann, byId(0)), status(200), contains(text(0)))],
      hidden: [
        check("shows another record of one's own", see(ann, byId(3)), contains(text(3))),
        check("shows what is shared", see(bo, byId(0)), contains(text(0))),
        check("shows another's own", see(cy, byId(5)), contains(text(5))),
        check("knows no other", see(ann, { [names.id]: "99" }), status(404)),
      ],
      attacks: [
        attack("another's record", ann, byId(1), 1),
        attack("a record of a third", ann, byId(5), 5),
        attack("the other way round", bo, byId(3), 3),
        attack("a record shared with somebody else", cy, byId(0), 0),
        attack("what the neighbour keeps", cy, byId(4), 4),
        attack("one record further on", bo, byId(5), 5),
      ],
      constant: "$json([])",
    },
    report: {
      visible: [
        check("shows all to the one who may", see(chief), status(200), contains(text(0)), contains(text(5))),
      ],
      hidden: [
        check("shows all of them", see(chief), contains(text(1)), contains(text(2)), contains(text(4))),
      ],
      attacks: [
        attack("everything for one person", ann, {}, 1),
        attack("everything for another", bo, {}, 3),
        attack("everything for a third", cy, {}, 0),
        attack("with a word that means nothing", ann, { [names.id]: "1" }, 5),
        attack("what the neighbour keeps", bo, { all: "yes" }, 5),
        attack("what nobody shares", cy, { [names.who]: chief.name }, 4),
      ],
      constant: "$json([])",
    },
    claimed: {
      visible: [check("shows what is one's own", see(ann), status(200), contains(text(0)), lacks(text(1)))],
      hidden: [
        check(
          "shows the one who may what others keep",
          see(chief, { [names.who]: bo.name }),
          contains(text(4)),
          lacks(text(3)),
        ),
        check("shows what one names oneself", see(bo, { [names.who]: bo.name }), contains(text(1))),
        check("shows a third", see(chief, { [names.who]: cy.name }), contains(text(5))),
      ],
      attacks: [
        attack("in the name of another", ann, { [names.who]: bo.name }, 1),
        attack("in the name of a third", ann, { [names.who]: cy.name }, 5),
        attack("the other way round", bo, { [names.who]: ann.name }, 3),
        attack("by one with a shared record", cy, { [names.who]: ann.name }, 3),
        attack("what the neighbour keeps", cy, { [names.who]: bo.name }, 4),
        attack("by a second person", bo, { [names.who]: cy.name }, 5),
      ],
      constant: "$json([])",
    },
  }[shape];
  const benign = {
    record: [see(ann, byId(0)), see(bo, byId(0)), see(cy, byId(2)), list(ann)],
    report: [see(chief), list(bo)],
    claimed: [see(ann), see(chief, { [names.who]: cy.name }), list(cy)],
  }[shape];
  return {
    ...NOTHING,
    type: "missing_authorization",
    cwe: shape === "report" ? "CWE-862" : "CWE-639",
    imports: ctx.language === "python" ? ["import json"] : ['const { readFileSync } = require("node:fs");'],
    logic: source.logic,
    module: ctx.module(),
    exports: source.exports,
    routes: [
      { method: "GET", path, name, body: source.body },
      { method: "GET", path: listPath, name: listName, body: source.listBody },
    ],
    assets: { [names.file]: `${JSON.stringify({ people, records }, null, 1)}\n` },
    visible: behaviour.visible,
    hidden: [...behaviour.hidden, ...lists, ...refusals],
    benign,
    ...shownAndHidden(behaviour.attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: behaviour.constant,
  };
}

interface Person {
  readonly name: string;
  readonly key: string;
}

function python(shape: AccessShape, n: Names): Source {
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

function javascript(shape: AccessShape, n: Names): Source {
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
