/** The `patch` preset: what finding and fixing a weakness pays, step by step (design section 6). */
import { NO_SIGNAL, type Reward } from "../core/reward.ts";
import type { Outcome } from "../core/verdict.ts";

/** In tenths, so that sums are exact: 0.3 + 0.2 + 1.0 is 1.5 in any order. */
const IDENTIFY = 3;
const WRONG_GUESS_COST = 1;
const RUNS = 2;
const BLOCK = 10;
const SYNTAX_COST = 2;

export const PATCH_REWARD_MAX = (IDENTIFY + RUNS + BLOCK) / 10;

/** The part of a verdict that the reward looks at. */
export interface PatchOutcome {
  readonly outcome: Outcome;
  readonly runs: boolean;
}

export type PatchEvent =
  | { readonly kind: "guess"; readonly correct: boolean }
  | { readonly kind: "verdict"; readonly verdict: PatchOutcome }
  /** A failure outside the agent's control, for instance a sandbox that could not start. */
  | { readonly kind: "infra" }
  /** Everything that neither pays nor costs: reading, commands, refused patches. */
  | { readonly kind: "neutral" };

/** What has been paid so far in one episode. */
export interface PatchRewardState {
  readonly identified: boolean;
  readonly wrongGuesses: number;
  readonly ran: boolean;
  readonly blocked: boolean;
  readonly syntaxErrors: number;
  /** Set by the first infrastructure failure and never cleared: the episode as a whole has no signal. */
  readonly infra: boolean;
}

export const PATCH_REWARD_START: PatchRewardState = {
  identified: false,
  wrongGuesses: 0,
  ran: false,
  blocked: false,
  syntaxErrors: 0,
  infra: false,
};

/**
 * The next state and the reward of this step. Identification, running and blocking are each paid once per episode;
 * a wrong guess costs every time until the right one, after it guesses are free; a syntax error costs every time.
 */
export function scorePatchEvent(
  before: PatchRewardState,
  event: PatchEvent,
): { readonly state: PatchRewardState; readonly reward: Reward } {
  const state = advance(before, event);
  const lost =
    event.kind === "infra" || (event.kind === "verdict" && event.verdict.outcome === "infra-error");
  return { state, reward: lost ? NO_SIGNAL : difference(before, state) };
}

function advance(state: PatchRewardState, event: PatchEvent): PatchRewardState {
  switch (event.kind) {
    case "neutral":
      return state;
    case "infra":
      return { ...state, infra: true };
    case "guess":
      if (state.identified) return state;
      return event.correct
        ? { ...state, identified: true }
        : { ...state, wrongGuesses: state.wrongGuesses + 1 };
    case "verdict":
      return afterVerdict(state, event.verdict);
  }
}

function afterVerdict(state: PatchRewardState, { outcome, runs }: PatchOutcome): PatchRewardState {
  if (outcome === "infra-error") return { ...state, infra: true };
  if (outcome === "syntax-error") return { ...state, syntaxErrors: state.syntaxErrors + 1 };
  return { ...state, ran: state.ran || runs, blocked: state.blocked || outcome === "blocked" };
}

interface Tenths {
  readonly identify: number;
  readonly runs: number;
  readonly block: number;
  readonly syntax: number;
}

function tenths(state: PatchRewardState): Tenths {
  return {
    identify: (state.identified ? IDENTIFY : 0) - WRONG_GUESS_COST * state.wrongGuesses,
    runs: state.ran ? RUNS : 0,
    block: state.blocked ? BLOCK : 0,
    syntax: 0 - SYNTAX_COST * state.syntaxErrors,
  };
}

function difference(before: PatchRewardState, after: PatchRewardState): Reward {
  const was = tenths(before);
  const is = tenths(after);
  return toReward({
    identify: is.identify - was.identify,
    runs: is.runs - was.runs,
    block: is.block - was.block,
    syntax: is.syntax - was.syntax,
  });
}

function toReward(parts: Tenths): Reward {
  const sum = parts.identify + parts.runs + parts.block + parts.syntax;
  return {
    value: sum / 10,
    components: {
      identify: parts.identify / 10,
      runs: parts.runs / 10,
      block: parts.block / 10,
      syntax: parts.syntax / 10,
    },
  };
}

/** The whole episode's reward; null once the infrastructure has failed in it. */
export function totalPatchReward(state: PatchRewardState): Reward {
  return state.infra ? NO_SIGNAL : toReward(tenths(state));
}

/** The reward of a single patch judged on its own, with a guess at the weakness if one was made. */
export function patchReward(verdict: PatchOutcome, guess?: { readonly correct: boolean }): Reward {
  const guessed =
    guess === undefined
      ? PATCH_REWARD_START
      : scorePatchEvent(PATCH_REWARD_START, { kind: "guess", correct: guess.correct }).state;
  return totalPatchReward(scorePatchEvent(guessed, { kind: "verdict", verdict }).state);
}
