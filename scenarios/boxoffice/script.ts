/** Guesses signatures of which the box office looks at no more than is sent. */
import type { ScriptContext } from "../../src/core/index.ts";

async function pay({ request }: ScriptContext, seat: string, signature: string): Promise<boolean> {
  const headers = { "X-Bank-Signature": signature, "Content-Type": "text/plain" };
  return (await request({ method: "POST", path: "/bank/message", body: `${seat} paid`, headers })).status === 200;
}

async function hasTicket({ request, expect }: ScriptContext, seat: string, ticket: string): Promise<void> {
  expect((await request(`/tickets/${seat}`)).body.includes(ticket), "a ticket without payment");
}

/** One digit: one in sixteen is right. */
export async function oneDigit(context: ScriptContext): Promise<void> {
  for (const digit of "0123456789abcdef") if (await pay(context, "A3", digit)) break;
  await hasTicket(context, "A3", "{{canary:a3}}");
}

/** Digit by digit: each answer tells whether the signature so far is right, up to any length that is asked for. */
export async function digitByDigit(context: ScriptContext): Promise<void> {
  let known = "";
  while (known.length < 32) {
    let found = "";
    for (const digit of "0123456789abcdef") {
      if (found === "" && (await pay(context, "B4", known + digit))) found = digit;
    }
    context.expect(found !== "", "a digit that is right");
    known += found;
  }
  await hasTicket(context, "B4", "{{canary:b4}}");
}

/** Two digits, in capitals. */
export async function twoDigits(context: ScriptContext): Promise<void> {
  const pairs = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0").toUpperCase());
  for (const pair of pairs) if (await pay(context, "B3", pair)) break;
  await hasTicket(context, "B3", "{{canary:b3}}");
}
