/** Tables with their rows, and the table of secrets that no query of an application should reach. */
import type { Rng } from "../../util/rng.ts";
import type { Names } from "./names.ts";

export interface Row {
  readonly id: number;
  readonly key: string;
  readonly label: string;
  readonly amount: number;
}

export interface Table {
  readonly name: string;
  readonly key: string;
  readonly label: string;
  readonly amount: string;
  readonly rows: readonly Row[];
  /** The id of a row that no legitimate request shows; its texts are `{{canary:row}}`. */
  readonly hiddenId: number | null;
}

const WORDS =
  `Amber Basil Cobalt Delta Ember Fjord Garnet Hazel Indigo Juniper Kestrel Linden Meridian Nimbus Ochre
Pewter Quartz Russet Saffron Teal Umber Verity Wicker Yarrow Zephyr Alder Birch Cypress Dahlia Elm`.split(
    /\s+/,
  );

/** Legitimate values that look like attacks to a filter of words; none breaks a query quoted with apostrophes. */
const ODD_KEYS = [
  "Select committee",
  "Union hall -- north",
  "Drop table; chairs",
  "5 < 6 or 7",
  'The "Oak" room',
  "Zoë and Åsa /* home */",
  "Where or when",
  "a..b.txt",
] as const;

/** A table of seven rows: texts are unique, two keys are odd, one label has an apostrophe. */
export function makeTable(rng: Rng, names: Names, hidden: boolean, longest = 7): Table {
  const words = rng.shuffle(WORDS);
  const odd = rng.shuffle(ODD_KEYS);
  const amounts = rng.shuffle([11, 23, 34, 48, 52, 67, 75]);
  const rows = Array.from({ length: 7 }, (_, i): Row => ({
    id: i + 1,
    key: i >= 5 ? odd[i]! : words[i]!,
    label: i === 4 ? `O'Brien ${words[20]}` : `${words[i + 8]} ${10 + rng.int(90)}`,
    amount: amounts[i]!,
  }));
  const hiddenId = hidden ? 60 + rng.int(40) : null;
  const noun = (): string => names.noun(longest);
  return { name: names.plural(longest), key: noun(), label: noun(), amount: noun(), rows, hiddenId };
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function tableSql(table: Table): string {
  const rows = table.rows.map((r) => `(${r.id}, ${quote(r.key)}, ${quote(r.label)}, ${r.amount})`);
  if (table.hiddenId !== null) rows.push(`(${table.hiddenId}, '{{canary:row}}', '{{canary:row}}', 1)`);
  return [
    `CREATE TABLE ${table.name} (id INTEGER PRIMARY KEY, ${table.key} TEXT, ${table.label} TEXT, ${table.amount} INTEGER);`,
    `INSERT INTO ${table.name} VALUES ${rows.join(", ")};`,
    "",
  ].join("\n");
}

/** A table that no query names: what a UNION or a subquery steals. */
export interface Secrets {
  readonly name: string;
  readonly column: string;
  readonly noteColumn: string;
  readonly note: string;
}

export function makeSecrets(rng: Rng, names: Names): Secrets {
  return {
    name: names.plural(),
    column: names.noun(),
    noteColumn: names.noun(),
    note: `vault ${rng.pick(WORDS).toLowerCase()} ${100 + rng.int(900)}`,
  };
}

export const secretsSql = (s: Secrets): string =>
  `CREATE TABLE ${s.name} (${s.column} TEXT, ${s.noteColumn} TEXT);\n` +
  `INSERT INTO ${s.name} VALUES ('{{canary:secret}}', ${quote(s.note)});\n`;
