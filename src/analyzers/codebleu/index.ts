/**
 * CodeBLEU (Ren et al. 2020, arXiv 2009.10297): how much a program is like a reference, from its n-grams, its keywords,
 * its syntax and its data flow. Equal to the PyPI package codebleu with the same grammars and PYTHONHASHSEED=0.
 */
import type { Parser } from "web-tree-sitter";
import { analyseText, analyseTrees, type TextAnalysis } from "./analysis.ts";
import { pythonStrip, withoutComments } from "./comments.ts";
import { parserOf } from "../grammars.ts";
import { KEYWORDS } from "./keywords.ts";
import type { CodebleuLanguage } from "./languages.ts";
import { ngramMatch, weightedNgramMatch } from "./ngrams.ts";

export { CODEBLEU_LANGUAGES, type CodebleuLanguage } from "./languages.ts";

export interface CodebleuOptions {
  /** Of the n-gram, the weighted n-gram, the syntax and the data-flow match; default a quarter each. */
  readonly weights?: readonly [number, number, number, number];
}

/** Each in [0, 1]. */
export interface CodebleuScore {
  readonly codebleu: number;
  readonly ngram_match_score: number;
  readonly weighted_ngram_match_score: number;
  readonly syntax_match_score: number;
  /** 0 also when the reference has no data flow; the sum then counts it as 1. */
  readonly dataflow_match_score: number;
}

/** Of one candidate against one or several references. Throws PrerequisiteError when the grammar is not installed. */
export async function codebleu(
  candidate: string,
  references: readonly [string, ...string[]],
  language: CodebleuLanguage,
  { weights = [0.25, 0.25, 0.25, 0.25] }: CodebleuOptions = {},
): Promise<CodebleuScore> {
  const parser = await parserOf(language);
  const [own, ...others] = [candidate, ...references].map((source) =>
    analyseText(pythonStrip(source), language),
  );
  const ngram = ngramMatch(others, own!);
  const weighted = weightedNgramMatch(others, own!, KEYWORDS[language]);
  const { syntax, flow } = treeMatches(parser, own!, others, language);
  const [a, b, c, d] = weights;
  return {
    codebleu: a * ngram + b * weighted + c * syntax + d * (flow || 1),
    ngram_match_score: ngram,
    weighted_ngram_match_score: weighted,
    syntax_match_score: syntax,
    dataflow_match_score: flow,
  };
}

function treeMatches(
  parser: Parser,
  candidate: TextAnalysis,
  references: readonly TextAnalysis[],
  language: CodebleuLanguage,
): { readonly syntax: number; readonly flow: number } {
  let [subtrees, foundSubtrees, edges, foundEdges] = [0, 0, 0, 0];
  references.forEach((reference, index) => {
    // The package cleans the candidate once more for every reference, which can change it again.
    let own = candidate.cleaned;
    for (let again = 0; again < index; again++) own = withoutComments(own, language);
    const [mine, theirs] = analyseTrees(parser, [own, reference.cleaned], language);
    subtrees += theirs!.shapes.length;
    for (const shape of theirs!.shapes) if (mine!.known.has(shape)) foundSubtrees++;
    edges += theirs!.flow.length;
    for (const [edge, count] of theirs!.flowCounts)
      foundEdges += Math.min(count, mine!.flowCounts.get(edge) ?? 0);
  });
  return { syntax: foundSubtrees / subtrees, flow: edges === 0 ? 0 : foundEdges / edges };
}
