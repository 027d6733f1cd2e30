/** Rules of JSON's own values, in the form that is generated: no white space but one blank behind `:` and `,`. */
import { bytes, characters, choice, lazy, literal, optional, repeat, sequence, type Rule } from "./rule.ts";

const DIGIT = characters("0123456789");
const DIGIT_1_9 = characters("123456789");
const HEX = characters("0123456789abcdefABCDEF");
const BLANK = optional(literal(" "));
const TAIL = bytes([0x80, 0xbf]);
/** Digits of a whole number, and behind the point: as many as a double keeps, so that no answer is digits without end. */
const MAX_DIGITS = 15;

/** One character of a string: UTF-8 without overlong forms and surrogates (RFC 3629), or an escape of one. */
const CHARACTER = choice(
  bytes([0x20, 0x21], [0x23, 0x5b], [0x5d, 0x7f]),
  sequence(bytes([0xc2, 0xdf]), TAIL),
  sequence(bytes(0xe0), bytes([0xa0, 0xbf]), TAIL),
  sequence(bytes([0xe1, 0xec], [0xee, 0xef]), TAIL, TAIL),
  sequence(bytes(0xed), bytes([0x80, 0x9f]), TAIL),
  sequence(bytes(0xf0), bytes([0x90, 0xbf]), TAIL, TAIL),
  sequence(bytes([0xf1, 0xf3]), TAIL, TAIL, TAIL),
  sequence(bytes(0xf4), bytes([0x80, 0x8f]), TAIL, TAIL),
  sequence(literal("\\"), characters('"\\/bfnrt')),
  sequence(literal("\\u"), characters("0123456789abcefABCEF"), HEX, HEX, HEX),
  sequence(literal("\\u"), characters("dD"), characters("01234567"), HEX, HEX),
);

export const stringRule = (min = 0, max = Infinity): Rule =>
  sequence(literal('"'), repeat(CHARACTER, min, max), literal('"'));

const UNSIGNED = choice(literal("0"), positiveInteger());
function positiveInteger(): Rule {
  return sequence(DIGIT_1_9, repeat(DIGIT, 0, MAX_DIGITS - 1));
}
/** `from` 0: not negative; 1: positive. */
export const integerRule = (from?: 0 | 1): Rule =>
  from === 1
    ? positiveInteger()
    : from === 0
      ? UNSIGNED
      : choice(UNSIGNED, sequence(literal("-"), positiveInteger()));

export const numberRule = (unsigned = false): Rule =>
  sequence(
    unsigned ? sequence() : optional(literal("-")),
    UNSIGNED,
    optional(sequence(literal("."), repeat(DIGIT, 1, MAX_DIGITS))),
    optional(sequence(characters("eE"), optional(characters("+-")), DIGIT, optional(DIGIT))),
  );

/** Items behind one another with commas between. */
export function arrayRule(item: Rule, min = 0, max = Infinity): Rule {
  const more = sequence(literal(","), BLANK, item);
  const some = sequence(item, repeat(more, Math.max(0, min - 1), max - 1));
  return sequence(literal("["), max === 0 ? sequence() : min === 0 ? optional(some) : some, literal("]"));
}

export const tupleRule = (items: readonly Rule[]): Rule =>
  sequence(
    literal("["),
    ...items.flatMap((item, i) => (i === 0 ? [item] : [literal(","), BLANK, item])),
    literal("]"),
  );

/** An object whose keys are free. */
export function mapRule(value: Rule): Rule {
  const pair = sequence(stringRule(), literal(":"), BLANK, value);
  const pairs = sequence(pair, repeat(sequence(literal(","), BLANK, pair), 0));
  return sequence(literal("{"), optional(pairs), literal("}"));
}

export interface Property {
  readonly name: string;
  readonly value: Rule;
  readonly required: boolean;
}

/** An object with these keys, in this order, those that are not required left out or not. */
export function objectRule(properties: readonly Property[]): Rule {
  /** What may follow when properties before `index` are decided; `begun`: at least one of them stands there. */
  const from = (index: number, begun: boolean): Rule => {
    const property = properties[index];
    if (property === undefined) return sequence();
    const { name, value, required } = property;
    const comma = begun ? sequence(literal(","), BLANK) : sequence();
    const here = sequence(
      comma,
      literal(JSON.stringify(name)),
      literal(":"),
      BLANK,
      value,
      rests[index]![1]!,
    );
    return required ? here : choice(here, rests[index]![begun ? 1 : 0]!);
  };
  const rests = properties.map((_, index) =>
    [false, true].map((begun) => lazy(() => from(index + 1, begun))),
  );
  return sequence(literal("{"), from(0, false), literal("}"));
}

export const BOOLEAN = choice(literal("true"), literal("false"));
export const NULL = literal("null");

/** Any value at all. */
export const ANY: Rule = lazy(() =>
  choice(stringRule(), numberRule(), BOOLEAN, NULL, arrayRule(ANY), mapRule(ANY)),
);
export const ANY_OBJECT = mapRule(ANY);
