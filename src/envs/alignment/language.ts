/** How a model is asked and answers: its own chat template around one message, so that small and published models are driven alike. */
import { ChatTemplate } from "../../model/chat-template.ts";
import { endTokens } from "../../model/samplers/end-tokens.ts";
import { Tokenizer } from "../../model/tokenizer.ts";

export interface ChatLanguage {
  readonly tokenizer: Tokenizer;
  readonly end: number;
  readonly pad: number;
  /** The message as a user's, up to where the answer begins. What spells a special token in it becomes that token. */
  prompt(message: string): number[];
  /** The answer and its end. */
  answer(text: string): number[];
  /** What was drawn as text; what follows the end is not looked at. */
  read(ids: readonly number[]): string;
}

/** `folder` is that of a checkpoint, or of a tokenizer beside a config.json. Throws InputError when it has no template. */
export async function chatLanguage(folder: string): Promise<ChatLanguage> {
  const tokenizer = await Tokenizer.load(folder);
  return languageOf(tokenizer, ChatTemplate.load(folder), endTokens(folder, tokenizer));
}

export function languageOf(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  { stop, pad }: { readonly stop: number; readonly pad: number },
): ChatLanguage {
  return {
    tokenizer,
    end: stop,
    pad,
    prompt: (content) =>
      tokenizer.encodeTemplate(template.render([{ role: "user", content }], { addGenerationPrompt: true })),
    answer: (text) => [...tokenizer.encode(text), stop],
    read(ids) {
      const at = ids.indexOf(stop);
      return tokenizer.decode(at < 0 ? ids : ids.slice(0, at));
    },
  };
}
