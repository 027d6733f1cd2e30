/** What CodeBLEU needs to know of a source, each part found out once: references come back with every candidate. */
import type { Parser } from "web-tree-sitter";
import { pythonSplit, withoutComments } from "./comments.ts";
import { dataflow } from "./dataflow.ts";
import type { CodebleuLanguage } from "./languages.ts";
import { countNgrams, type NgramCounts } from "./ngrams.ts";
import { readTree, shapesOf, type ShapeTable } from "./source-tree.ts";

export interface TextAnalysis {
  readonly tokens: number;
  /** Of orders 1 to 4. */
  readonly counts: readonly NgramCounts[];
  /** Without comments and empty lines. */
  readonly cleaned: string;
}

export interface TreeAnalysis {
  /** Of one table for all that is remembered. */
  readonly shapes: readonly number[];
  readonly known: ReadonlySet<number>;
  readonly flow: readonly string[];
  readonly flowCounts: ReadonlyMap<string, number>;
}

/** Sources, beyond which the oldest are forgotten. */
const REMEMBERED = 2048;
/** Shapes, beyond which everything that is made of them is forgotten. */
const MAX_SHAPES = 1_000_000;

let shapes: ShapeTable = new Map();
const texts = new Map<string, TextAnalysis>();
const trees = new Map<string, TreeAnalysis>();

/** `source` without white space at its ends. */
export function analyseText(source: string, language: CodebleuLanguage): TextAnalysis {
  return remembered(texts, `${language} ${source}`, () => {
    const words = pythonSplit(source);
    return { tokens: words.length, counts: countNgrams(words), cleaned: withoutComments(source, language) };
  });
}

/** Of sources without comments, compared with one another: none of them is forgotten before all are there. */
export function analyseTrees(
  parser: Parser,
  sources: readonly string[],
  language: CodebleuLanguage,
): TreeAnalysis[] {
  if (shapes.size > MAX_SHAPES) {
    shapes = new Map();
    trees.clear();
  }
  return sources.map((source) =>
    remembered(trees, `${language} ${source}`, () => analyse(parser, source, language)),
  );
}

function analyse(parser: Parser, source: string, language: CodebleuLanguage): TreeAnalysis {
  const tree = parser.parse(source)!;
  try {
    const parsed = readTree(tree, source);
    const own = shapesOf(parsed, shapes);
    const flow = dataflow(parsed, language);
    const flowCounts = new Map<string, number>();
    for (const edge of flow) flowCounts.set(edge, (flowCounts.get(edge) ?? 0) + 1);
    return { shapes: own, known: new Set(own), flow, flowCounts };
  } finally {
    tree.delete();
  }
}

function remembered<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key);
  if (value === undefined) value = make();
  // The one used last is at the end.
  else cache.delete(key);
  cache.set(key, value);
  if (cache.size > REMEMBERED) cache.delete(cache.keys().next().value!);
  return value;
}
