/** Word lists for identifiers: a large pool for training, a disjoint one for tests, and made-up words for both. */
import { hash32, type Rng } from "../../util/rng.ts";

const split = (text: string): readonly string[] => text.trim().split(/\s+/);

export const COMMON_NOUNS = split(`
account actor address agent album animal answer apple arena article artist asset author award badge bank banner
barrel basket batch battery bean bench berry bike bill bird board boat bolt bond bonus book booking bottle branch
brand bread brick bridge brush bucket budget build bundle button cabin cable cake camera camp canal candle card
cargo carpet cart castle catalog center chair chapter chart choir circle citizen city claim class client clinic
clock cloud coach coast coin college color comet comment company concert contact contract cookie copper corner
country course court crate credit crew crop customer cycle dealer debt deck delivery depot design desk detail
device diary dinner doctor dog donor door draft dragon drawer dress driver drum eagle editor engine entry episode
essay estate event exam expense expert fabric factory farm fashion feature fence festival field film filter flag
fleet flight floor flower folder forest forum frame friend fruit garage garden gate gift glass goal grade grain
grant grape guest guide guitar habit hall hammer harbor hat helmet herb hero highway hobby holiday home honey
horse hotel house idea image inbox invoice island jacket jewel job journal judge juice kernel key kitchen kite
label ladder lake lamp land laptop lawyer leader league leaf lemon lender lesson letter level library license
lion list loan lobby locker lodge logo lottery lunch machine magnet mail manager manual map marble market mask
match meal medal meeting member memo menu message metal meter mill mirror mission model monitor month motor mouse
movie museum music native needle neighbor network news note notice novel number nurse object ocean offer office
olive onion opera orange orchard owner package paint palace panel paper parcel park partner party patent patient
payment pearl pencil person phone photo piano picture pilot pipe planet plant plate player pocket poem point
policy pond portal poster potato prize product profile project quarter question quiz quote rabbit race radio
rating receipt recipe record region rental reply report rescue reserve result review ribbon ring river road
robot rocket roof room rope route ruler saddle salad sale sample scene school score season seat seed seller
sensor service shelf ship shirt shoe shop signal singer site sketch skill snack soap song sound soup space spice
sport stage stamp star station statue stone store storm story street student studio subject sugar suite summer
supply survey tailor talent target task teacher team temple tenant theater thread ticket tiger timber token tool
topic tour tower town toy track trade train treaty tree trip trophy truck tunnel tutor unit vendor venue vessel
village visit voice voter wagon wallet wheel window winner winter worker yacht zone`);

export const UNSEEN_NOUNS = split(`
almanac anchor antique apron aquarium archer armor atlas atom attic avenue bakery balloon bamboo beacon beaver
blanket blossom bracelet broker bronze cactus calendar canvas canyon caravan carriage cedar cellar chapel cherry
chimney cinema clarinet clover cobbler cottage cradle crystal curtain cushion daisy denim dolphin drill
embassy emerald envelope falcon feather ferry fiddle fossil fountain gallery geyser ginger glacier goblet granite
hamlet harvest hedge heron ivory jasmine kettle lantern lavender ledger lighthouse lobster magazine mango maple
meadow melon mosaic nectar nursery oasis orchid otter oyster paddle parade pasture pebble pelican pepper pigeon
pillow plaza plum porch prairie puppet quarry quilt raven reef sailor salmon scarf shuttle silver sparrow spruce
stable tavern thimble tulip turtle urchin valley velvet violin volcano walnut warehouse willow workshop wren`);

export const COMMON_VERBS = split(`
add browse check collect compare count create describe display fetch find get inspect list load look open peek
preview print pull read render request resolve retrieve search see select send share show sort trace use view visit`);

export const UNSEEN_VERBS = split(`
access consult derive discover emit examine explore export gather locate obtain observe present provide query
reveal scan seek summon`);

const ONSETS = split("b br c ch d dr f g gl h j k kl l m n p pl qu r s sk st t tr v w z");
const VOWELS = split("a e i o u ai ea oo");
const CODAS = split("b d g k l m n nd p r rt s st t x");

/** Python, SQL and application words that must never be drawn as an identifier. */
const RESERVED = new Set(
  split(`and as assert async await break class continue def del elif else except finally for from global if import
in is lambda none nonlocal not or pass raise return try while with yield true false self app os re sys html json
flask request escape open print list map filter id object sorted rows row conn db sql path page name data file
abort select insert update delete table index order group by having limit join union case when then end where
into values set create drop add all any between check column default distinct exists foreign key like match
primary references transaction trigger view release plan query reindex natural row rows virtual without temp
index pragma vacuum cast collate commit conflict cross current exclude explain fail glob ignore left right outer
inner notnull isnull offset over partition recursive regexp rename replace restrict rollback savepoint to unique
using window count sum total min max avg hex char length abs random secret route sites static templates
result found statement target full content body out handle source items shown value html_parts`),
);

export type Pool = "common" | "unseen";

/** A pronounceable word of two syllables; each belongs to exactly one pool, decided by its hash. */
export function madeUpWord(rng: Rng, pool: Pool): string {
  for (;;) {
    const tail = rng.chance(0.6) ? rng.pick(CODAS) : "";
    const word = rng.pick(ONSETS) + rng.pick(VOWELS) + rng.pick(ONSETS) + rng.pick(VOWELS) + tail;
    if (word.length <= 8 && poolOfMadeUp(word) === pool && usable(word) && !REALISTIC.has(word)) return word;
  }
}

export function poolOfMadeUp(word: string): Pool {
  return hash32(`pool/${word}`) % 5 === 0 ? "unseen" : "common";
}

export const usable = (word: string): boolean => !RESERVED.has(word);

const REALISTIC = new Set([...COMMON_NOUNS, ...UNSEEN_NOUNS, ...COMMON_VERBS, ...UNSEEN_VERBS]);
