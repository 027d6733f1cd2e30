/** Missing authorization (CWE-639, CWE-862): who asks is known, but not compared with whose it is. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, shownAndHidden } from "../requests.ts";
import { javascript } from "./access-javascript.ts";
import { python } from "./access-python.ts";

/** `record`: any id is answered; `report`: everybody may see what stewards see; `claimed`: the person is a parameter. */
export type AccessShape = "record" | "report" | "claimed";

export interface Names {
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

export interface Source extends Patches {
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
