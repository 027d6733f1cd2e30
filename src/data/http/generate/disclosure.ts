/** Twins of SQL_ERROR and of INFO_LEAK: what a body or a header gives away. */
import type { ResponseMessage } from "../../../core/index.ts";
import type { Rng } from "../../../util/rng.ts";
import { htmlEncoded } from "./contexts.ts";
import { addHeader, makeDraft, withHeader, withReason, withoutHeader } from "./draft.ts";
import type { SiteTemplate } from "./template.ts";
import type { MakeTwins } from "./twins.ts";
import { fill, hex } from "./words.ts";

/** Messages as databases word them; `tail` is what follows the quote that broke the statement. */
const MESSAGES: readonly ((tail: string, rng: Rng) => string)[] = [
  (tail, rng) =>
    `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${tail}' at line ${1 + rng.int(3)}`,
  (tail) => `ERROR:  syntax error at or near "${tail}"`,
  (tail) => `psycopg2.errors.SyntaxError: syntax error at or near "${tail}"`,
  (tail) => `Unclosed quotation mark after the character string '${tail}'.`,
  (tail) => `Incorrect syntax near '${tail}'.`,
  (tail) => `sqlite3.OperationalError: near "${tail}": syntax error`,
  (tail) => `SQLSTATE[42000]: Syntax error or access violation: 1064 near '${tail}'`,
  (tail) => `java.sql.SQLSyntaxErrorException: unexpected token: ${tail}`,
  (tail, rng) => `ORA-0${rng.pick(["0933", "1756", "0911"])}: SQL command not properly ended near ${tail}`,
];

/** A body of the template's kind with `text` shown in it. */
function answer(
  template: SiteTemplate,
  rng: Rng,
  value: string,
  text: string,
  status: number,
): { request: ReturnType<typeof makeDraft>["request"]; response: ResponseMessage } {
  const echo = template.kind === "api" ? JSON.stringify(text) : `<p class="note">${htmlEncoded(text)}</p>`;
  const { request, response } = makeDraft(template, rng, { value, echo });
  return { request, response: withReason({ ...response, status }) };
}

export const sqlTwins: MakeTwins = (template, rng) => {
  const word = fill("{thing}", rng);
  const tail = rng.pick([`${word} UNION SELECT 1`, `${word} OR 1=1`, `${word}zz`, `${word} AND sleep(5)`]);
  const value = `${rng.pick(["", fill("{adjective}", rng)])}'${tail}`;
  const message = rng.pick(MESSAGES)(tail, rng);
  const seed = rng.int(2 ** 31);
  const side = (sent: string, text: string, status: number) =>
    answer(template, rng.fork(seed), sent, text, status);
  const [sound, says, change] = rng.pick([
    [
      side(value, `Nothing found for ${value}`, 200),
      "the quote is treated as text",
      "the statement is built from the value",
    ],
    [
      side(value, `Something went wrong. Reference ${hex(rng, 8)}.`, 500),
      "the error is shown without its cause",
      "the message of the database shown",
    ],
    [
      side(
        word,
        `${fill("{person}", rng)} wrote: my log says "${rng.pick(MESSAGES)(fill("{adjective}", rng), rng)}", what now?`,
        200,
      ),
      "the message is quoted by a user, and this request is harmless",
      "a request with a quote, and the message it causes",
    ],
    [
      side(value, "The value must not contain quotes.", 200),
      "the value is refused",
      "the statement is built from the value",
    ],
  ] as const);
  return {
    vulnerable: { ...side(value, message, rng.pick([200, 200, 500])), because: ["sql-error"] },
    sound: { ...sound, because: [says] },
    changes: [change],
  };
};

const TRACES: readonly ((rng: Rng) => string)[] = [
  (rng) =>
    `Traceback (most recent call last):\n  File "/srv/app/views.py", line ${10 + rng.int(400)}, in ${fill("{thing}", rng)}\n    return data["${fill("{thing}", rng)}"]\nKeyError: '${fill("{thing}", rng)}'`,
  (rng) =>
    `java.lang.NullPointerException\n\tat com.${fill("{thing}", rng)}.web.Handler.get(Handler.java:${10 + rng.int(400)})\n\tat java.base/java.lang.Thread.run(Thread.java:840)`,
  (rng) =>
    `TypeError: Cannot read properties of undefined\n    at find (/srv/app/src/${fill("{thing}", rng)}.js:${10 + rng.int(400)}:${1 + rng.int(60)})\n    at next (/srv/app/node_modules/express/lib/router/route.js:149:13)`,
  (rng) =>
    `Fatal error: Uncaught Error: Call to a member function get() on null in /var/www/html/${fill("{thing}", rng)}.php:${10 + rng.int(400)}`,
  (rng) =>
    `goroutine 1 [running]:\nmain.handle(0x${hex(rng, 6)})\n\t/src/${fill("{thing}", rng)}.go:${10 + rng.int(400)}`,
];
const VERSIONS: readonly ((rng: Rng) => [string, string])[] = [
  (rng) => [
    "Server",
    rng.pick([
      `Apache/2.4.${rng.int(60)} (Ubuntu)`,
      `nginx/1.${10 + rng.int(17)}.${rng.int(9)}`,
      "Microsoft-IIS/10.0",
      `Werkzeug/2.${rng.int(4)}.${rng.int(9)} Python/3.9.${rng.int(19)}`,
    ]),
  ],
  (rng) => [
    "X-Powered-By",
    rng.pick([
      `PHP/7.${rng.int(5)}.${rng.int(33)}`,
      `PHP/8.${rng.int(4)}.${rng.int(20)}`,
      `Servlet/3.${rng.int(2)}`,
    ]),
  ],
  (rng) => ["X-AspNet-Version", `4.0.${30_000 + rng.int(400)}`],
];

export const leakTwins: MakeTwins = (template, rng) => {
  const seed = rng.int(2 ** 31);
  const base = makeDraft(template, rng.fork(seed));
  const kind = rng.int(4);
  if (kind < 2) {
    const [name, value] = rng.pick(VERSIONS)(rng);
    const bare = value.split("/")[0]!;
    const plain = withoutHeader(base.response, name);
    const sound = name === "X-AspNet-Version" ? plain : addHeader(plain, name, bare);
    return {
      vulnerable: {
        request: base.request,
        response:
          name === "X-AspNet-Version" ? addHeader(plain, name, value) : withHeader(sound, name, value),
        because: ["leak-version"],
      },
      sound: {
        request: base.request,
        response: sound,
        because: name === "X-AspNet-Version" ? [] : [`${name} names a product without its version`],
      },
      changes: [`an exact version added to ${name}`],
    };
  }
  const shown = (
    text: string,
    status: number,
    type?: string,
  ): { request: typeof base.request; response: ResponseMessage } => {
    const page = template.kind === "page";
    const echo = page ? text : JSON.stringify(text);
    const { request, response } = makeDraft(template, rng.fork(seed), { echo });
    const answered = withReason({ ...response, status });
    return {
      request,
      response: type === undefined ? answered : { ...withHeader(answered, "Content-Type", type), body: text },
    };
  };
  if (kind === 2) {
    const trace = rng.pick(TRACES)(rng);
    const quiet = rng.chance(0.5) || template.kind === "api";
    const sound = quiet
      ? {
          ...shown(`Something went wrong. Reference ${hex(rng, 8)}.`, 500, "text/plain; charset=utf-8"),
          because: ["the error is shown without its cause"],
        }
      : {
          ...shown(`<p>How to read a trace:</p><pre>${htmlEncoded(trace)}</pre>`, 200),
          because: ["the page teaches with a trace"],
        };
    return {
      vulnerable: { ...shown(trace, 500, "text/plain; charset=utf-8"), because: ["leak-trace"] },
      sound,
      changes: ["the trace of an error shown"],
    };
  }
  const id = `AKIA${Array.from({ length: 16 }, () => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[rng.int(32)]).join("")}`;
  const key = (text: string): string =>
    template.kind === "page" ? `<p>Storage key: ${text}</p>` : `storage key ${text}`;
  return {
    vulnerable: { ...shown(key(id), 200), because: ["leak-key"] },
    sound: {
      ...shown(key("AKIAIOSFODNN7EXAMPLE"), 200),
      because: ["the key is the example of the documentation"],
    },
    changes: ["the example key replaced by a real one"],
  };
};
