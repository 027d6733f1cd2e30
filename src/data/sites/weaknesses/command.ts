/** Command injection (CWE-78): a file of lines is searched or sorted by the machine's own tools. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Patches, type WeakPart } from "../part.ts";
import { pickWay, shownAndHidden } from "../requests.ts";
import { javascriptSource } from "./command-javascript.ts";
import { pythonSource } from "./command-python.ts";

/** `bare`: a word in a shell command; `quoted`: between double quotes; `options`: no shell, but split into arguments. */
export type CommandShape = "bare" | "quoted" | "options";

export interface Names {
  readonly func: string;
  readonly word: string;
  readonly file: string;
}

export interface Source extends Patches {
  readonly imports: readonly string[];
  readonly logic: string;
}

export function commandPart(ctx: Ctx, shape: CommandShape): WeakPart {
  const way = pickWay(ctx);
  const [path, name, param] = [ctx.route(), ctx.func(), ctx.noun()];
  const names: Names = { func: ctx.func(), word: ctx.noun(), file: `data/${ctx.plural()}.txt` };
  const secret = `/srv/${ctx.noun()}/${ctx.noun()}.txt`;
  const words = Array.from({ length: 5 }, () => ctx.noun());
  const lines = words.map(
    (word, i) => `${word} ${i % 2 === 0 ? "o'clock" : "two hours"} ${10 + ctx.rng.int(80)}`,
  );
  const python = ctx.language === "python";
  const source = (python ? pythonSource : javascriptSource)(shape, names);
  const ask = (value: string) => way.send(path, { [param]: value });
  const finds = (value: string): Check =>
    check(
      `finds ${JSON.stringify(value)}`,
      ask(value),
      status(200),
      ...lines.map((line) => (line.includes(value.toLowerCase()) ? contains(line) : lacks(line))),
    );
  const sorts = (order: string, sorted: readonly string[]): Check =>
    check(`sorts by ${JSON.stringify(order)}`, ask(order), status(200), contains(sorted.join("\n")));
  const down = lines.toSorted().toReversed();
  const [visible, hidden] =
    shape === "options"
      ? [
          [sorts("", lines.toSorted())],
          [sorts("-r", down), sorts("-u", lines.toSorted()), sorts("-r -u", down)],
        ]
      : [
          [finds(words[0]!)],
          [
            ...words.slice(1).map(finds),
            finds(words[1]!.toUpperCase()),
            finds("zzyzx"),
            // What a shell would read as a sign stands between the quotes for itself.
            ...(shape === "quoted" ? [finds("o'clock"), finds("two hours")] : []),
          ],
        ];
  const attacks = { bare: bare(secret), quoted: quoted(secret), options: options(secret) }[shape].map(
    ([what, payload]): Check => check(what, ask(payload), contains("{{canary:key}}")),
  );
  return {
    ...NOTHING,
    type: "command_injection",
    cwe: "CWE-78",
    imports: source.imports,
    logic: source.logic,
    module: ctx.module(),
    exports: [names.func],
    routes: [{ method: way.method, path, name, body: `$text(${names.func}(${way.read(param)}))` }],
    assets: { [names.file]: `${lines.join("\n")}\n` },
    outside: { [secret]: "{{canary:key}}\n" },
    visible,
    hidden,
    benign: shape === "options" ? [ask(""), ask("-r")] : [ask(words[0]!), ask(words[3]!), ask("zzyzx")],
    ...shownAndHidden(attacks),
    reference: source.reference,
    alternatives: source.alternatives,
    cheats: source.cheats,
    constant: `$text(${JSON.stringify(shape === "options" ? lines.toSorted().join("\n") : lines[0])})`,
  };
}

type Payloads = readonly (readonly [what: string, payload: string])[];

const bare = (secret: string): Payloads => [
  ["a second command", `x /dev/null; cat ${secret} #`],
  ["a pipe", `x /dev/null | cat ${secret} #`],
  ["a line feed", `x /dev/null\ncat ${secret} #`],
  ["or", `zzyzx /dev/null || cat ${secret} #`],
  ["in the background", `x /dev/null & cat ${secret} #`],
  ["a substitution", `$(cat ${secret} | head -c 20) /dev/null; echo $(cat ${secret}) #`],
  ["another file, without a second command", `'' ${secret}`],
  ["a pattern of files", `-e '' ${secret.replace(/[^/]+$/, "*")}`],
  ["tabs for spaces", `x\t/dev/null;cat\t${secret}\t#`],
  ["the file fed to another program", `x /dev/null; tac < ${secret} #`],
];

const quoted = (secret: string): Payloads => [
  ["a second command behind the quote", `x" /dev/null; cat ${secret} #`],
  ["a pipe behind the quote", `x" /dev/null | cat ${secret} #`],
  ["a line feed behind the quote", `x" /dev/null\ncat ${secret} #`],
  ["the quotes closed again", `x" /dev/null; cat ${secret}; echo "`],
  ["or", `zzyzx" /dev/null || cat ${secret} #`],
  ["another file, without a second command", `" ${secret} "`],
  ["a substitution between the quotes", `x" /dev/null; echo "$(cat ${secret})" #`],
  ["in the background", `x" /dev/null & cat ${secret} #`],
  ["an older substitution", `x" /dev/null; echo "\`cat ${secret}\`" #`],
];

const options = (secret: string): Payloads => [
  ["another file", secret],
  ["another file behind an option", `-r ${secret}`],
  ["a file in front of an option", `${secret} -r`],
  ["a tab between them", `-r\t${secret}`],
  ["two files", `/dev/null ${secret}`],
  ["a long option", `--reverse ${secret}`],
  ["behind the end of the options", `-- ${secret}`],
];
