/** `/v1/completions`: texts that go on from a prompt, whole or as a stream. */
import { randomUUID } from "node:crypto";
import type { AnswerPart, NamedLogprob } from "../../model/generation/answer.ts";
import type { GenerationEngine } from "../../model/generation/engine.ts";
import type { Admission } from "./admission.ts";
import type { CompletionBody } from "./bodies.ts";
import { usageOf, type ChatTarget } from "./chat.ts";
import { ApiError } from "./errors.ts";
import { completionPrompts, formatOf, samplingOf, seedsOf } from "./prompts.ts";
import { eventStream } from "./sse.ts";

/** The OpenAI API's own default. */
const DEFAULT_TOKENS = 16;

/** Throws ApiError and what the engine refuses. */
export async function complete(
  body: CompletionBody,
  { model, adapter }: ChatTarget,
  { admission, engine }: { readonly admission: Admission; readonly engine: GenerationEngine },
  signal: AbortSignal,
): Promise<Response> {
  const logprobs = body.logprobs ?? undefined;
  if (body.echo === true && logprobs !== undefined)
    throw new ApiError(400, "echo: not supported together with logprobs", null, "echo");
  const prompts = completionPrompts(body.prompt);
  const echoes = body.echo === true ? await Promise.all(prompts.map((one) => textOf(one, engine))) : [];
  const seeds = seedsOf(body);
  const sampling = samplingOf(body, body.max_tokens ?? DEFAULT_TOKENS, logprobs);
  const json = formatOf(body.response_format);
  const job = await admission.start(
    prompts.map((prompt) => ({ prompt, seeds, adapter, sampling, stop: body.stop, json })),
    signal,
  );
  const head = {
    id: `cmpl-${randomUUID()}`,
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model,
  };
  const indexOf = (prompt: number, part: AnswerPart): number => prompt * seeds.length + part.answer;

  if (body.stream === true) {
    const withUsage = body.stream_options?.include_usage === true;
    const produce = async (send: (data: object) => void): Promise<void> => {
      const sendChoice = (index: number, text: string, logprob: object | null, finish: string | null): void =>
        send({
          ...head,
          choices: [{ index, text, logprobs: logprob, finish_reason: finish }],
          ...(withUsage ? { usage: null } : {}),
        });
      echoes.forEach((text, prompt) => {
        for (let answer = 0; answer < seeds.length; answer++)
          sendChoice(prompt * seeds.length + answer, text, null, null);
      });
      const offsets = new Map<number, number>();
      await job.each((prompt, part) => {
        const index = indexOf(prompt, part);
        const offset = offsets.get(index) ?? 0;
        offsets.set(index, offset + (part.logprob?.token.length ?? 0));
        if (part.text === "" && part.logprob === undefined && part.finish === undefined) return;
        const found = part.logprob === undefined ? null : legacyLogprobs([part.logprob], offset);
        sendChoice(index, part.text, found, part.finish ?? null);
      });
      if (withUsage) send({ ...head, choices: [], usage: usageOf(job) });
    };
    return eventStream(produce, job.cancel);
  }

  const choices = Array.from({ length: prompts.length * seeds.length }, (_, index) => ({
    text: echoes[Math.floor(index / seeds.length)] ?? "",
    logprobs: [] as NamedLogprob[],
    finish: null as string | null,
  }));
  await job.each((prompt, part) => {
    const choice = choices[indexOf(prompt, part)]!;
    choice.text += part.text;
    if (part.logprob !== undefined) choice.logprobs.push(part.logprob);
    choice.finish = part.finish ?? null;
  });
  return Response.json({
    ...head,
    choices: choices.map(({ text, logprobs: found, finish }, index) => ({
      index,
      text,
      logprobs: logprobs === undefined ? null : legacyLogprobs(found, 0),
      finish_reason: finish,
    })),
    usage: usageOf(job),
  });
}

async function textOf(
  prompt: ReturnType<typeof completionPrompts>[number],
  engine: GenerationEngine,
): Promise<string> {
  if ("text" in prompt) return prompt.text;
  return engine.decode("ids" in prompt ? prompt.ids : await engine.encode(prompt));
}

/** Log-probabilities as lists side by side; `offset` is where the first token stands in the answer. */
function legacyLogprobs(found: readonly NamedLogprob[], offset: number): object {
  let at = offset;
  return {
    tokens: found.map(({ token }) => token),
    token_logprobs: found.map(({ logprob }) => logprob),
    top_logprobs: found.map(({ top }) => Object.fromEntries(top.map((one) => [one.token, one.logprob]))),
    text_offset: found.map(({ token }) => {
      const start = at;
      at += token.length;
      return start;
    }),
  };
}
