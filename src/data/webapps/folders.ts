/** Folders of documents to serve, with secrets beside them and outside the application. */
import type { Rng } from "../../util/rng.ts";
import type { Names } from "./names.ts";

export interface Folder {
  readonly name: string;
  /** A folder below it. */
  readonly sub: string;
  /** File name -> content, directly in the folder. */
  readonly flat: Readonly<Record<string, string>>;
  /** Path below the folder -> content, in the subfolder. */
  readonly below: Readonly<Record<string, string>>;
  /** Path of the secret from the application root, and its absolute sibling. */
  readonly secret: string;
  readonly outside: string;
  readonly words: string;
  readonly assets: Readonly<Record<string, string>>;
}

const SUBJECTS = "budget roster schedule minutes leaflet survey notice summary handbook atlas".split(" ");
const WORDS = "quiet river stone lamp crossing north harvest window copper meadow signal bridge".split(" ");

/** Names that look like attacks to a filter of words, but stay inside. */
const ODD_FILES = [
  "a..b.txt",
  "o'brien.txt",
  "annual report.txt",
  "union select.txt",
  "secret garden.txt",
  "etc.txt",
];

export function makeFolder(rng: Rng, names: Names): Folder {
  const name = names.plural();
  const sub = names.noun();
  const text = (): string => `Notes: ${rng.shuffle(WORDS).slice(0, 4).join(" ")} ${100 + rng.int(900)}.\n`;
  const subjects = rng.shuffle(SUBJECTS);
  const odd = rng.shuffle(ODD_FILES);
  const files = [
    `${subjects[0]}.txt`,
    `${subjects[1]}-${2000 + rng.int(25)}.txt`,
    `${subjects[2]}.md`,
    ...odd.slice(0, 3),
  ];
  const flat = Object.fromEntries(files.map((f) => [f, text()]));
  const below = Object.fromEntries(files.map((f) => [`${sub}/${f}`, text()]));
  const secret = `${names.noun()}/${names.noun()}.txt`;
  const assets: Record<string, string> = {
    [secret]: `{{canary:local}} ${rng.shuffle(WORDS).slice(0, 3).join("-")}\n`,
  };
  for (const [path, content] of Object.entries({ ...flat, ...below })) assets[`${name}/${path}`] = content;
  const outside = `/srv/${names.noun()}/${names.noun()}.txt`;
  return {
    name,
    sub,
    flat,
    below,
    secret,
    outside,
    words: `${rng.shuffle(WORDS).slice(0, 4).join("_")}`,
    assets,
  };
}
