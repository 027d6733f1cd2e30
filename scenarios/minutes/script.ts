/** What readers get: the same words on the page and in the newspaper's copy, however they are written there. */
import type { ScriptContext } from "../../src/core/index.ts";

const WORDS = ['a < b & c > "d"', "it's </em>phatic", "two\nlines \u2028 three", "50 % \\ done", "Žižkov – 北"];

async function record({ request, expect }: ScriptContext): Promise<number> {
  const items = WORDS.map((text) => ({ speaker: "Clerk", text }));
  const { body } = await request({ method: "POST", path: "/meetings", json: { title: "Signs", items } });
  return Number(expect(/"id":(\d+)/.exec(body)?.[1], "a number"));
}

const texts = (meeting: { items: { text: string }[] }): string => JSON.stringify(meeting.items.map(({ text }) => text));

export async function copyForTheNewspaper(context: ScriptContext): Promise<void> {
  const { body } = await context.request(`/meetings/${await record(context)}/data`);
  context.expect(texts(JSON.parse(body)) === JSON.stringify(WORDS), "the words as they were said");
}

export async function dataOfThePage(context: ScriptContext): Promise<void> {
  const { body } = await context.request(`/meetings/${await record(context)}`);
  const data = context.expect(/^window\.meeting = (\{[^]*?\});\n/m.exec(body)?.[1], "the data of the meeting");
  context.expect(texts(JSON.parse(data)) === JSON.stringify(WORDS), "the words as they were said");
}

export async function askedWords({ request, expect }: ScriptContext): Promise<void> {
  const asked = "a < b, \"the";
  const { body } = await request(`/search?q=${encodeURIComponent(asked)}`);
  const data = expect(/^window\.asked = (".*");$/m.exec(body)?.[1], "what was asked");
  expect(JSON.parse(data) === asked, "what was asked, unchanged");
}
