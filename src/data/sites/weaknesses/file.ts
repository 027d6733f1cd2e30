/** Path traversal (CWE-22) in JavaScript: documents of a folder, by their names. */
import type { Check } from "../../../core/index.ts";
import { check, contains, lacks, status } from "../../webapps/blocks.ts";
import { makeFolder } from "../../webapps/folders.ts";
import { traversalExploits } from "../../webapps/traversal-exploits.ts";
import type { Ctx } from "../ctx.ts";
import { NOTHING, type Change, type WeakPart } from "../part.ts";
import { pickWay, QUERY, shownAndHidden } from "../requests.ts";

/** `join`: joined to the folder; `resolve`: resolved from it; `prefix`: the resolved path begins like the folder's. */
export type FileShape = "join" | "resolve" | "prefix";

export function filePart(ctx: Ctx, shape: FileShape): WeakPart {
  const { rng } = ctx;
  const way = pickWay(ctx);
  const [path, name, param] = [ctx.route(), ctx.func(), ctx.noun()];
  const [func, file, root] = [ctx.func(), ctx.noun(), ctx.constant()];
  const folder = makeFolder(rng, ctx.names);
  const fromRoot = rng.chance(0.5) ? `join(${root}, ${file})` : `${root} + "/" + ${file}`;
  const where = shape === "join" ? fromRoot : `resolve(${root}, ${file})`;
  const target = `const target = ${where};§`;
  const begins = `if (!target.startsWith(${root})) return null;§`;
  const read = `return existsSync(target) && statSync(target).isFile() ? readFileSync(target, "utf8") : null;${shape === "prefix" ? "" : "§"}`;
  const logic = `const ${root} = join(__dirname, "${folder.name}");

function ${func}(${file}) {
  ${[target, ...(shape === "prefix" ? [begins] : []), read].join("\n  ")}
}`;
  const body = `const text = ${func}(${way.read(param)});
if (text === null) $status(404, "no such file")
$text(text)`;
  const files = Object.entries({ ...folder.flat, ...folder.below });
  const ask = (value: string) => way.send(path, { [param]: value });
  const reads = ([one, text]: [string, string]): Check =>
    check(`reads ${one}`, ask(one), status(200), contains(text.trim()));
  const before = (text: string): Change => ({ swaps: [[target, `${text}\n  ${target}`]] });
  const after = (text: string): Change => ({ swaps: [[target, `${target}\n  ${text}`]] });
  // A folder beside the served one whose name begins in the same way.
  const twin = `${folder.name}-old`;
  const attacks =
    shape === "prefix"
      ? twins(twin).map(([what, value, raw]): Check => {
          const request = raw === true ? { ...ask(""), path: `${path}?${param}=${value}` } : ask(value);
          return check(what, request, contains("{{canary:old}}"));
        })
      : null;
  const found = traversalExploits({
    inside: folder.secret,
    outside: folder.outside,
    words: folder.words,
    absolute: shape === "resolve",
    kind: way === QUERY ? "query" : "form",
    folder: folder.sub,
    request: (payload, raw) => (raw ? { ...ask(""), path: `${path}?${param}=${payload}` } : ask(payload)),
  });
  return {
    ...NOTHING,
    type: "path_traversal",
    cwe: "CWE-22",
    imports: [
      'const { existsSync, readFileSync, statSync } = require("node:fs");',
      shape === "join"
        ? 'const { join } = require("node:path");'
        : 'const { join, resolve } = require("node:path");',
    ],
    logic,
    module: ctx.module(),
    exports: [func],
    routes: [{ method: way.method, path, name, body }],
    assets: {
      ...folder.assets,
      [`${twin}/plan.txt`]: "{{canary:old}}\n",
      [`${twin}/more/list.txt`]: "{{canary:old}}\n",
    },
    outside: { [folder.outside]: `{{canary:file}} ${folder.words}\n` },
    visible: [reads(files[0]!)],
    hidden: [
      ...files.slice(1).map(reads),
      check("finds nothing", ask("missing.txt"), status(404), lacks(files[0]![1].trim())),
    ],
    benign: files.slice(0, 4).map(([one]) => ask(one)),
    ...(attacks === null ? found : shownAndHidden(attacks)),
    reference: {
      ...after(`if (relative(${root}, target).startsWith("..")) return null;`),
      imports: ['const { relative } = require("node:path");'],
    },
    alternatives: {
      "compared-with-a-separator": {
        ...after(`if (!normalize(target).startsWith(${root} + sep)) return null;`),
        imports: ['const { normalize, sep } = require("node:path");'],
      },
      "parts-refused": before(
        `if (${file}.startsWith("/") || ${file}.split("/").includes("..")) return null;`,
      ),
      "found-in-a-list": {
        ...before(`if (!readdirSync(${root}, { recursive: true }).includes(${file})) return null;`),
        imports: ['const { readdirSync } = require("node:fs");'],
      },
    },
    cheats: {
      "one-step-refused": before(`if (${file}.startsWith("../")) return null;`),
      ...(shape === "prefix" ? {} : { "taken-out-once": before(`${file} = ${file}.replace("../", "");`) }),
      "two-steps-refused": before(`if (${file}.includes("../../")) return null;`),
      "names-only": before(`if (${file}.includes("/")) return null;`),
      "length-limited": before(`${file} = ${file}.slice(0, 200);`),
    },
    constant: `$text(${JSON.stringify(files[0]![1].trim())})`,
  };
}

const twins = (twin: string): readonly (readonly [string, string, boolean?])[] => [
  ["a folder that begins alike", `../${twin}/plan.txt`],
  ["a folder in it", `../${twin}/more/list.txt`],
  ["through the current folder", `./../${twin}/plan.txt`],
  ["current folders between", `.././${twin}/./plan.txt`],
  ["a detour", `../${twin}/more/../plan.txt`],
  ["through a folder that is not there", `x/../../${twin}/plan.txt`],
  ["slashes twice", `..//${twin}//more//list.txt`],
];
