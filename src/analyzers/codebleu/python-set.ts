/**
 * The order in which CPython 3.11 iterates over a set of texts when PYTHONHASHSEED is 0. The reference implementation
 * of CodeBLEU turns lists into sets and back, so that its data-flow scores depend on that order; with another seed
 * they differ from run to run. Sources: CPython's Objects/setobject.c and Python/pyhash.c (SipHash-1-3 with zero keys).
 */

const LINEAR_PROBES = 9;
const MIN_SIZE = 8;

/** The upper and the lower half of 64 bits, both unsigned. */
type Hash = readonly [high: number, low: number];

/** What SipHash starts from when both of its keys are zero. */
const START = [
  0x736f6d65, 0x70736575, 0x646f7261, 0x6e646f6d, 0x6c796765, 0x6e657261, 0x74656462, 0x79746573,
];

const known = new Map<string, Hash>();

/** `list(set(texts))`. */
export function setOrder(texts: readonly string[]): string[] {
  if (texts.length < 2) return [...texts];
  let table: (string | undefined)[] = Array.from({ length: MIN_SIZE });
  let used = 0;
  for (const text of texts) {
    const at = slotOf(table, text);
    if (table[at] === text) continue;
    table[at] = text;
    used++;
    if (used * 5 < (table.length - 1) * 3) continue;
    let size = MIN_SIZE;
    while (size <= used * 4) size *= 2;
    const old = table;
    table = Array.from({ length: size });
    for (const kept of old) if (kept !== undefined) table[slotOf(table, kept)] = kept;
  }
  return table.filter((text) => text !== undefined);
}

/** Where the text is, or the free place that it would take. */
function slotOf(table: readonly (string | undefined)[], text: string): number {
  const mask = table.length - 1;
  let [high, low] = hashOf(text);
  let at = low & mask;
  for (;;) {
    const last = at + LINEAR_PROBES <= mask ? at + LINEAR_PROBES : at;
    for (let probe = at; probe <= last; probe++)
      if (table[probe] === undefined || table[probe] === text) return probe;
    low = ((low >>> 5) | (high << 27)) >>> 0;
    high >>>= 5;
    at = (at * 5 + 1 + low) & mask;
  }
}

function hashOf(text: string): Hash {
  let hash = known.get(text);
  if (hash === undefined) {
    if (known.size > 100_000) known.clear();
    hash = text === "" ? [0, 0] : sipHash13(storage(text));
    known.set(text, hash);
  }
  return hash;
}

/** The characters as CPython stores them: in 1, 2 or 4 bytes each, as the widest needs. */
function storage(text: string): Buffer {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  const widest = points.reduce((most, point) => Math.max(most, point), 0);
  if (widest < 0x100) return Buffer.from(points);
  return Buffer.from(widest < 0x10000 ? Uint16Array.from(points).buffer : Uint32Array.from(points).buffer);
}

/** Four words of 64 bits, each as its upper and its lower half. */
function sipHash13(bytes: Buffer): Hash {
  const v = Uint32Array.from(START);
  const add = (to: number, from: number): void => {
    const low = v[to + 1]! + v[from + 1]!;
    v[to + 1] = low;
    v[to] = v[to]! + v[from]! + (low > 0xffff_ffff ? 1 : 0);
  };
  /** Turns word `at` left by `bits` and then takes in word `other`. */
  const turn = (at: number, bits: number, other?: number): void => {
    let [high, low] = [v[at]!, v[at + 1]!];
    if (bits >= 32) [high, low] = [low, high];
    const rest = bits % 32;
    if (rest > 0)
      [high, low] = [(high << rest) | (low >>> (32 - rest)), (low << rest) | (high >>> (32 - rest))];
    v[at] = other === undefined ? high : high ^ v[other]!;
    v[at + 1] = other === undefined ? low : low ^ v[other + 1]!;
  };
  const round = (): void => {
    add(0, 2);
    add(4, 6);
    turn(2, 13, 0);
    turn(6, 16, 4);
    turn(0, 32);
    add(4, 2);
    add(0, 6);
    turn(2, 17, 4);
    turn(6, 21, 0);
    turn(4, 32);
  };
  const take = (high: number, low: number): void => {
    v[6] = v[6]! ^ high;
    v[7] = v[7]! ^ low;
    round();
    v[0] = v[0]! ^ high;
    v[1] = v[1]! ^ low;
  };
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) take(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at));
  const end = Buffer.alloc(8);
  bytes.copy(end, 0, whole);
  end[7] = bytes.length & 0xff;
  take(end.readUInt32LE(4), end.readUInt32LE(0));
  v[5] = v[5]! ^ 0xff;
  for (let i = 0; i < 3; i++) round();
  const [high, low] = [0, 1].map((half) => (v[half]! ^ v[2 + half]! ^ v[4 + half]! ^ v[6 + half]!) >>> 0);
  // -1 means an error in C, so that no object has it.
  return high === 0xffff_ffff && low === 0xffff_ffff ? [high, 0xffff_fffe] : [high!, low!];
}
