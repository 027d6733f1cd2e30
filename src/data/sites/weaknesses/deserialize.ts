/** Deserialization (CWE-502): a state that the site has packed into a text comes back as any text. */
import type { Check, Request } from "../../../core/index.ts";
import { check, contains, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { get, shownAndHidden } from "../requests.ts";
import { javascriptSource } from "./deserialize-javascript.ts";
import { pythonSource } from "./deserialize-python.ts";

/** `whole`: whatever comes is unpacked; `filtered`: with a list that lets too much through. */
export type DeserializeShape = "whole" | "filtered";

export interface Names {
  readonly pack: string;
  readonly unpack: string;
  readonly state: string;
  /** The two values of a state. */
  readonly a: string;
  readonly b: string;
}

export interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
  readonly makeBody: string;
  readonly body: string;
}

export function deserializePart(ctx: Ctx, shape: DeserializeShape): WeakPart {
  const [path, makePath, name, makeName] = [ctx.route(), ctx.route(), ctx.func(), ctx.func()];
  const names: Names = {
    pack: ctx.func(),
    unpack: ctx.func(),
    state: ctx.noun(),
    a: ctx.noun(),
    b: ctx.noun(),
  };
  const secret = `/srv/${ctx.noun()}/${ctx.noun()}.txt`;
  const python = ctx.language === "python";
  const source = (python ? pythonSource : javascriptSource)(shape, names);
  const open = (state: string): Request => get(path, { [names.state]: state });
  const make = (a: string, b: string): Request => get(makePath, { [names.a]: a, [names.b]: b });
  const returns = (a: string, b: string): Check => ({
    name: `brings ${a} and ${b} back`,
    steps: [
      { request: make(a, b), capture: { name: "state", match: "^(\\S+)" }, expect: [status(200)] },
      // The capture is percent-encoded where it stands in a path.
      {
        request: { ...open(""), path: `${path}?${names.state}={{capture:state}}` },
        expect: [status(200), contains(`"${a}"`), contains(`"${b}"`)],
      },
    ],
  });
  const words = Array.from({ length: 6 }, () => ctx.noun());
  const payloads = python ? pickles(shape, secret, names) : literals(shape, secret, names);
  const attacks = payloads.map(([what, bytes]): Check =>
    check(what, open(base64(bytes)), contains("{{canary:key}}")),
  );
  return {
    ...NOTHING,
    type: "deserialization",
    cwe: "CWE-502",
    imports: source.imports,
    logic: source.logic,
    module: ctx.module(),
    exports: [names.pack, names.unpack],
    routes: [
      { method: "GET", path, name, body: source.body },
      { method: "GET", path: makePath, name: makeName, body: source.makeBody },
    ],
    outside: { [secret]: "{{canary:key}}\n" },
    visible: [returns(words[0]!, words[1]!)],
    hidden: [
      returns(words[2]!, `${words[3]} & ${words[4]}`),
      returns(`the ${words[5]}'s`, words[0]!),
      returns("the last one", "12"),
      check("refuses what is no state", open("%%%"), status(400)),
      check("refuses what is cut short", open(words[1]!.slice(0, 3)), status(400)),
    ],
    benign: [open("nothing"), open("")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text("${words[0]} ${words[1]}")`,
  };
}

/** With padding, which Python's decoder asks for. */
const base64 = (bytes: string): string =>
  Buffer.from(bytes, "latin1").toString("base64").replaceAll("+", "-").replaceAll("/", "_");

type Payloads = readonly (readonly [what: string, bytes: string])[];

/** Pickles, by hand in protocol 0 unless told: a state whose first value is what a call returns. */
function pickles(shape: DeserializeShape, secret: string, { a, b }: Names): Payloads {
  const value = (call: string): string => `(dV${a}\n${call}sV${b}\nV1\ns.`;
  const call = (module: string, name: string, argument: string): string =>
    `c${module}\n${name}\n(V${argument}\ntR`;
  const evaluate = (expression: string): string => value(call("builtins", "eval", expression));
  const open = `open('${secret}').read()`;
  const short = (text: string): string => `\x8c${String.fromCharCode(text.length)}${text}`;
  const newer = `\x80\x04}(${short(a)}${short("builtins")}${short("eval")}\x93${short(open)}\x85R${short(b)}${short("1")}u.`;
  const inBuiltins: Payloads = [
    ["an expression that reads a file", evaluate(open)],
    ["an import", evaluate(`__import__('os').popen('cat ${secret}').read()`)],
    ["a list of lines", value(`cbuiltins\nlist\n(${call("builtins", "open", secret)}tR`)],
    ["a newer protocol", newer],
    ["a name put together", evaluate(`getattr(__import__('o'+'s'), 'popen')('cat ${secret}').read()`)],
    ["a set of lines, sorted", value(`cbuiltins\nsorted\n(${call("builtins", "open", secret)}tR`)],
    ["the largest line", value(`cbuiltins\nmax\n(${call("builtins", "open", secret)}tR`)],
  ];
  if (shape === "filtered") return inBuiltins;
  return [
    ...inBuiltins.slice(0, 4),
    ["a program's output", value(call("subprocess", "getoutput", `cat ${secret}`))],
    ["a module that reads lines", value(call("linecache", "getlines", secret))],
    ["a line by its number", value(`clinecache\ngetline\n(V${secret}\nI1\ntR`)],
    [
      "a module of paths",
      value(`cpathlib\nPath.read_text\n(${call("pathlib", "Path", secret)}tR`).replace(
        "cpathlib\nPath.read_text\n",
        `\x80\x04${short("pathlib")}${short("Path.read_text")}\x93`,
      ),
    ],
  ];
}

/** States as JavaScript with a call in the place of the first value; as a function in JSON when filtered. */
function literals(shape: DeserializeShape, secret: string, { a, b }: Names): Payloads {
  const fs = "process.getBuiltinModule('node:fs')";
  const read = `${fs}.readFileSync('${secret}', 'utf8')`;
  const split = `${secret.slice(0, 6)}'+'${secret.slice(6)}`;
  const expressions: Payloads = [
    ["a file read", read],
    ["a program's output", `'' + process.getBuiltinModule('node:child_process').execSync('cat ${secret}')`],
    ["the name put together", `${fs}.readFileSync('${split}', 'utf8')`],
    ["a function made and called", `(() => ${read})()`],
    ["by way of a constructor", `(0).constructor.constructor("return ${read}")()`],
    ["a choice", `1 ? ${read} : 0`],
    [
      "a program inside the program",
      `eval("pro" + "cess").getBuiltinModule('node:fs').readFileSync('${secret}', 'utf8')`,
    ],
  ];
  return expressions.map(([what, expression]) => [
    what,
    shape === "filtered"
      ? JSON.stringify({ [a]: `=> ${expression}`, [b]: "1" })
      : `{ ${a}: ${expression}, ${b}: "1" }`,
  ]);
}
