/** A generating model in a thread of its own: requests share its batch, and each is a stream of pieces of text. */
import { InfraError, InputError } from "../../core/index.ts";
import { startThread } from "../../util/thread.ts";
import type { AnswerPart, StepEvent } from "./answer.ts";
import type { GenerationSettings, Refusal } from "./model.ts";
import type { GenerationRequest } from "./request.ts";
import type { OpenedModel, Outcome } from "./thread.ts";

/** The request cannot be answered as it is. */
export class RefusedRequest extends InputError {
  readonly reason: Refusal["reason"];

  constructor({ problem, reason }: Refusal) {
    super(problem);
    this.reason = reason;
  }
}

export interface Generation {
  readonly promptTokens: number;
  /**
   * Tokens of all answers as they are drawn, those of one answer in order; ends when every answer has finished. Leaving
   * the loop early cancels what is left. Throws InfraError when the engine fails.
   */
  readonly parts: AsyncIterable<AnswerPart>;
  /** For who does not read to the end. */
  cancel(): void;
}

export interface GenerationEngine {
  readonly maxPositions: number;
  /** Whether messages can be rendered. */
  readonly chat: boolean;
  /** False once its thread has ended, which nothing short of an error in native code or of memory brings about. */
  readonly alive: boolean;
  /** Answers being computed, and requests that wait for a place. */
  readonly running: number;
  readonly waiting: number;
  /** Throws RefusedRequest, InfraError. */
  generate(request: GenerationRequest): Promise<Generation>;
  /** Ids of a prompt as the model would read it. Throws what is wrong with it as an error. */
  encode(prompt: GenerationRequest["prompt"]): Promise<readonly number[]>;
  decode(ids: readonly number[]): Promise<string>;
  /** From a PEFT folder. Throws InputError. */
  loadAdapter(name: string, folder: string): Promise<void>;
  /** Requests under way are answered to their end. Throws InputError. */
  unloadAdapter(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Pieces that wait to be read. */
interface Mailbox {
  readonly parts: AnswerPart[];
  left: number;
  failure: Error | undefined;
  wake: () => void;
}

/** Throws InputError that names the file of the folder and what was expected. */
export async function openGenerationEngine(settings: GenerationSettings): Promise<GenerationEngine> {
  const boxes = new Map<number, Mailbox>();
  let [running, waiting, next] = [0, 0, 0];
  let alive = true;

  const failAll = (message: string): void => {
    for (const box of boxes.values()) {
      box.failure = new InfraError("engine", message);
      box.wake();
    }
    boxes.clear();
  };
  const deliver = (event: StepEvent): void => {
    ({ running, waiting } = event);
    for (const part of event.parts) {
      const box = boxes.get(part.request);
      if (box === undefined) continue;
      box.parts.push(part);
      if (part.finish !== undefined && --box.left === 0) boxes.delete(part.request);
      box.wake();
    }
    if (event.failed !== undefined) failAll(event.failed);
  };
  const own = import.meta.url;
  const thread = startThread(new URL(`./thread.${own.endsWith(".ts") ? "ts" : "js"}`, own), settings, {
    onEvent: (event) => deliver(event as StepEvent),
    onEnd: (error) => {
      alive = false;
      failAll(error.message);
    },
  });
  const opened = await thread.call<OpenedModel>("open").catch((error: unknown) => ({ error }));
  if (!("maxPositions" in opened)) {
    await thread.terminate();
    throw "problem" in opened ? new InputError(opened.problem) : opened.error;
  }

  const attempt = async (method: string, ...args: readonly unknown[]): Promise<void> => {
    const { problem } = await thread.call<Outcome>(method, ...args);
    if (problem !== undefined) throw new InputError(problem);
  };

  return {
    maxPositions: opened.maxPositions,
    chat: opened.chat,
    get alive() {
      return alive;
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting;
    },

    async generate(request) {
      const id = next++;
      const box: Mailbox = { parts: [], left: request.seeds.length, failure: undefined, wake: () => {} };
      // Before the call: the first token may be drawn before its answer is here.
      boxes.set(id, box);
      const added = await thread
        .call<{ promptTokens: number } | Refusal>("generate", id, request)
        .catch((error: unknown) => {
          boxes.delete(id);
          throw new InfraError("engine", error instanceof Error ? error.message : String(error));
        });
      if ("problem" in added) {
        boxes.delete(id);
        throw new RefusedRequest(added);
      }
      const cancel = (): void => {
        box.left = 0;
        box.wake();
        if (boxes.delete(id)) thread.call("cancel", id).catch(() => {});
      };
      return { promptTokens: added.promptTokens, parts: read(box, cancel), cancel };
    },

    encode: (prompt) => thread.call<number[]>("encode", prompt),
    decode: (ids) => thread.call<string>("decode", ids),
    loadAdapter: (name, folder) => attempt("loadAdapter", name, folder),
    unloadAdapter: (name) => attempt("unloadAdapter", name),
    close: () => thread.terminate(),
  };
}

async function* read(box: Mailbox, cancel: () => void): AsyncGenerator<AnswerPart> {
  try {
    for (;;) {
      // In one go: what one step of the engine has drawn for this request.
      yield* box.parts.splice(0);
      if (box.failure !== undefined) throw box.failure;
      if (box.parts.length > 0) continue;
      if (box.left === 0) return;
      await new Promise<void>((resolve) => (box.wake = resolve));
    }
  } finally {
    cancel();
  }
}
