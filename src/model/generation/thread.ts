/** Entry of a generating model's thread: steps while there is anything to do, and listens between the steps. */
import { workerData } from "node:worker_threads";
import { InputError } from "../../core/errors.ts";
import { postEvent, serveThread } from "../../util/thread.ts";
import type { AnswerPart, StepEvent } from "./answer.ts";
import { loadGenerationModel, type GenerationModel, type GenerationSettings } from "./model.ts";
import type { GenerationRequest } from "./request.ts";

export type OpenedModel =
  | { readonly maxPositions: number; readonly chat: boolean }
  | { readonly problem: string };
/** What is wrong with a folder goes over as data: an error loses its class on the way. */
export type Outcome = { readonly problem?: string };

const settings = workerData as GenerationSettings;
let model: GenerationModel | undefined;
let stepping = false;

function pump(): void {
  const current = model!;
  let parts: readonly AnswerPart[] = [];
  let failed: string | undefined;
  try {
    parts = current.step();
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error);
    current.reset();
  }
  const { running, waiting } = current;
  stepping = failed === undefined && running + waiting > 0;
  if (parts.length > 0 || !stepping)
    postEvent({ parts, running, waiting, ...(failed === undefined ? {} : { failed }) } satisfies StepEvent);
  if (stepping) setImmediate(pump);
}

/** In a moment, so that requests that come together are begun together. */
function wake(): void {
  if (stepping) return;
  stepping = true;
  setImmediate(pump);
}

async function attempt(work: () => Promise<void> | void): Promise<Outcome> {
  try {
    await work();
    return {};
  } catch (error) {
    if (error instanceof InputError) return { problem: error.message };
    throw error;
  }
}

serveThread({
  open: async (): Promise<OpenedModel> => {
    const outcome = await attempt(async () => void (model = await loadGenerationModel(settings)));
    if (outcome.problem !== undefined) return { problem: outcome.problem };
    return { maxPositions: model!.maxPositions, chat: model!.chat };
  },
  generate: (id: number, request: GenerationRequest) => {
    const added = model!.add(id, request);
    if (!("problem" in added)) wake();
    return added;
  },
  cancel: (id: number) => {
    model!.cancel(id);
    // Says how many are left, also when nothing is computed any more.
    wake();
  },
  loadAdapter: (name: string, folder: string) => attempt(() => model!.loadAdapter(name, folder)),
  unloadAdapter: (name: string) => attempt(() => model!.unloadAdapter(name)),
  encode: (prompt: GenerationRequest["prompt"]) => model!.encode(prompt),
  decode: (ids: readonly number[]) => model!.decode(ids),
});
