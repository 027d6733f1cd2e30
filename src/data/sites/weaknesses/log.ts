/** Log injection (CWE-117): what visitors write becomes lines of a journal, and one value can become several. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, post, sequence, shownAndHidden } from "../requests.ts";
import { javascript } from "./log-javascript.ts";
import { python } from "./log-python.ts";

/** `lines`: values as they come; `named`: the journal says who asked for what; `half`: line feeds are taken out. */
export type LogShape = "lines" | "named" | "half";

export interface Names {
  readonly journal: string;
  readonly note: string;
  readonly entries: string;
  readonly who: string;
  readonly what: string;
  readonly by: string;
}

export interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
  readonly body: string;
  readonly readBody: string;
}

export function logPart(ctx: Ctx, shape: LogShape): WeakPart {
  const [path, readPath, name, readName] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    journal: ctx.noun(),
    note: ctx.func(),
    entries: ctx.func(),
    who: ctx.noun(),
    what: ctx.noun(),
    by: ctx.noun(),
  };
  const [ann, bo, chief] = [ctx.noun(), ctx.noun(), ctx.noun()];
  const source = (ctx.language === "python" ? python : javascript)(shape, names, chief);
  const note = (who: string, what: string) => post(path, { [names.who]: who, [names.what]: what });
  const read = (by: string) => get(readPath, { [names.by]: by });
  const keeps = (who: string, what: string): Check =>
    sequence(
      `keeps ${JSON.stringify(what)}`,
      [note(who, what), read(who)],
      status(200),
      contains(JSON.stringify(what)),
    );
  const forged = (
    what: string,
    mark: string,
    who: string,
    text: (entry: string) => string,
    victim = chief,
  ): Check =>
    sequence(
      what,
      [note(who, text(`${victim}: ${mark}{{nonce}}`)), read(victim)],
      contains(`"${mark}{{nonce}}`),
    );
  const signed = (what: string, mark: string, end: string): Check =>
    sequence(
      what,
      [note(`x${end}${chief}: ${mark}{{nonce}}${end}y`, "all well"), read(chief)],
      contains(`"${mark}{{nonce}}`),
    );
  const feed = shape === "half" ? "\r" : "\n";
  const other = shape === "half" && ctx.language === "javascript" ? "\u2028" : "\r";
  const attacks = [
    forged("a second line", "a", ann, (entry) => `well${feed}${entry}`),
    forged("a line in the name of another", "b", bo, (entry) => `well${feed}${entry}`, ann),
    forged("a carriage return", "c", ann, (entry) => `well\r${entry}`),
    forged("three lines", "d", ann, (entry) => `well${feed}${bo}: so so${feed}${entry}`),
    signed("a line in the name of the writer", "e", feed),
    forged("an empty line between", "f", bo, (entry) => `well${feed}${feed}${entry}`),
    signed("the other end of a line, in the writer's name", "g", other),
    forged("the other end of a line", "h", ann, (entry) => `${other}${entry}`),
    forged("a line before and after", "i", bo, (entry) => `a${feed}${entry}${feed}b: c`),
  ];
  return {
    ...NOTHING,
    type: "log_injection",
    cwe: "CWE-117",
    imports: source.imports,
    logic: source.logic,
    module: ctx.module(),
    exports: [names.note, names.entries],
    routes: [
      { method: "POST", path, name, body: source.body },
      { method: "GET", path: readPath, name: readName, body: source.readBody },
    ],
    visible: [keeps(ann, `fed the ${ctx.noun()}`)],
    hidden: [
      keeps(bo, `took the ${ctx.noun()}: both of them`),
      keeps(ann, `${chief}: that is what she said`),
      sequence(
        "keeps two in order",
        [note(bo, "first of two"), note(bo, "second of two"), read(bo)],
        contains('"first of two","second of two"'),
      ),
      check("knows nothing of a stranger", read(`${ann}-not`), status(200), lacks("fed")),
    ],
    benign: [read("nobody"), note(bo, "left early")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$json([])`,
  };
}
