/** Words that fill the slots of templates. */
import type { Rng } from "../../../util/rng.ts";

const LISTS = {
  adjective:
    "amber brisk calm copper crisp eager faint gentle golden hollow ivory keen linen lunar mellow nimble olive plain quiet rustic sandy silver slate steady sunny tidy umber velvet warm woven".split(
      " ",
    ),
  thing:
    "basket bench blanket bottle bowl candle chair clock compass drawer easel flask frame globe hammer jacket kettle ladder lamp mirror notebook pillow rack satchel scarf shelf stool tent tripod vase".split(
      " ",
    ),
  food: "barley broth carrot cake chickpea stew dumplings fennel salad flatbread lentil soup mushroom pie noodles pear tart pumpkin rye bread risotto".split(
    " ",
  ),
  city: "Ashford Bergen Brno Cadiz Delft Evora Faro Ghent Haarlem Izmir Jena Kaunas Lille Malmo Nantes Odense Porto Riga Siena Turku Uppsala Varna Wells Zadar".split(
    " ",
  ),
  subject: "Algebra Biology Chemistry Drama Geography History Latin Music Physics Statistics".split(" "),
  weekday: "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" "),
  job: "baker,bookkeeper,carpenter,data analyst,electrician,gardener,nurse,site manager,teacher,translator,welder".split(
    ",",
  ),
  company:
    "Alder & Sons,Brightoak,Corvid Systems,Dunmore Freight,Elm Street Press,Fairwater,Greyfield Labs,Hollin Bank,Juniper Foods,Kestrel Air".split(
      ",",
    ),
  first:
    "Ada Bruno Clara Daniel Edda Felix Greta Hugo Ines Jonas Karin Leo Mira Nils Olga Pavel Rosa Simon Tilda Viktor".split(
      " ",
    ),
  last: "Adler Brandt Castell Doyle Eriksen Ferrand Grove Holm Ivers Jansen Keller Lund Moreau Nyberg Okafor Petrov Quist Rossi Silva Tamm".split(
    " ",
  ),
  street:
    "Mill Lane,Station Road,Harbour Street,Oak Avenue,Chapel Hill,River Walk,Market Square,North Gate".split(
      ",",
    ),
} as const;
const STARTS =
  "The council,A small team,Our kitchen,The old bridge,This model,The new timetable,Each guest,The workshop".split(
    ",",
  );
const MIDDLES =
  "opens again,needs more time,was tested for a year,welcomes visitors,stays as it is,has been repaired,saves energy,made many friends".split(
    ",",
  );
const ENDS =
  "in early spring,after the summer break,for the third time,without extra cost,near the harbour,thanks to volunteers,as planned,until further notice".split(
    ",",
  );

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** What a slot may hold; each use draws anew. */
const SLOTS: Readonly<Record<string, (rng: Rng) => string>> = {
  ...Object.fromEntries(
    Object.entries(LISTS).map(([name, list]) => [name, (rng: Rng) => rng.pick<string>(list)]),
  ),
  person: (rng) => `${rng.pick(LISTS.first)} ${rng.pick(LISTS.last)}`,
  handle: (rng) => `${rng.pick(LISTS.first).toLowerCase()}${rng.int(900) + 10}`,
  email: (rng) => `${rng.pick(LISTS.first).toLowerCase()}.${rng.pick(LISTS.last).toLowerCase()}@mail.example`,
  number: (rng) => String(1000 + rng.int(900_000)),
  count: (rng) => String(2 + rng.int(90)),
  year: (rng) => String(1990 + rng.int(36)),
  price: (rng) =>
    `${rng.pick(["EUR", "USD", "GBP", "SEK"])} ${1 + rng.int(900)}.${String(rng.int(100)).padStart(2, "0")}`,
  date: (rng) =>
    `${1 + rng.int(28)} ${rng.pick(["January", "March", "April", "June", "August", "October", "December"])} ${2022 + rng.int(5)}`,
  sentence: (rng) => `${rng.pick(STARTS)} ${rng.pick(MIDDLES)} ${rng.pick(ENDS)}.`,
  headline: (rng) => `${capital(rng.pick(LISTS.adjective))} ${rng.pick(LISTS.thing)} ${rng.pick(MIDDLES)}`,
  slug: (rng) => `${rng.pick(LISTS.adjective)}-${rng.pick(LISTS.thing)}`,
  street: (rng) => `${rng.pick(LISTS.street)} ${1 + rng.int(120)}`,
};

/** Replaces every `{slot}`; other braces stay. */
export function fill(text: string, rng: Rng): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => SLOTS[name]?.(rng) ?? whole);
}

/** A harmless value for a parameter. */
export function harmlessValue(rng: Rng): string {
  return fill(
    rng.pick(["{adjective} {thing}", "{city}", "{thing}", "{person}", "{number}", "{slug}", "{food}"]),
    rng,
  );
}

/** Reserved names: nobody can own them. */
export function siteHost(rng: Rng): string {
  const name = `${rng.pick(LISTS.adjective)}${rng.pick(LISTS.thing)}`;
  return `${rng.pick(["www.", "", "app.", "my.", "portal.", "api.", "shop."])}${name}.${rng.pick(["example", "test"])}`;
}

/** A host that no site of ours belongs to. */
export function foreignHost(rng: Rng): string {
  const name = `${rng.pick(LISTS.thing)}-${rng.pick(["sync", "media", "login", "stats", "promo", "files", "mirror"])}${rng.int(90)}`;
  return `${rng.pick(["", "cdn.", "go.", "x."])}${name}.${rng.pick(["example", "test"])}`;
}

const HEX = "0123456789abcdef";
export function hex(rng: Rng, length: number): string {
  return Array.from({ length }, () => HEX[rng.int(16)]).join("");
}
