/** Captured values, redirections as browsers follow them, and slowness that is not noise. */
import { describe, expect, it } from "vitest";
import { InfraError, type Check, type Request } from "../core/index.ts";
import { AppFault, type AppInstance, type HttpReply } from "../sandbox/index.ts";
import { leavesFor } from "./redirects.ts";
import { runCheck } from "./steps.ts";

const reply = (over: Partial<HttpReply>): HttpReply => ({
  status: 200,
  headers: {},
  cookies: [],
  body: "",
  ms: 1,
  ...over,
});

/** An application that answers as it is told, and what it was asked. */
function fake(answer: (request: Request, count: number) => Partial<HttpReply>) {
  const asked: Request[] = [];
  const app = {
    request: async (request: Request) => {
      asked.push(request);
      return reply(answer(request, asked.length));
    },
  } as AppInstance;
  return { app, asked };
}

const request = (path: string, over: Partial<Request> = {}): Request => ({
  method: "GET",
  path,
  headers: {},
  ...over,
});

describe("leaves", () => {
  it.each([
    ["https://evil.example/x", "evil.example"],
    ["//evil.example", "evil.example"],
    ["/\\evil.example", "evil.example"],
    ["\\\\evil.example", "evil.example"],
    ["/\t/evil.example", "evil.example"],
    ["https:evil.example", "evil.example"],
    ["http://application.test@evil.example", "evil.example"],
    ["/evil.example", undefined],
    ["evil.example", undefined],
    ["?next=//evil.example", undefined],
    ["http://application.test/x", undefined],
    ["javascript:alert(1)", undefined],
    ["http://", undefined],
  ])("%j", (location, host) => expect(leavesFor({ status: 302, headers: { location } })).toBe(host));

  it("with a redirection only", () => {
    const headers = { location: "//evil.example" };
    expect(leavesFor({ status: 200, headers })).toBe(undefined);
    expect(leavesFor({ status: 302, headers: {} })).toBe(undefined);
  });
});

describe("captures", () => {
  const check = (match: string): Check => ({
    name: "form",
    steps: [
      { request: request("/form"), capture: { name: "token", match }, expect: [] },
      {
        request: request("/at/{{capture:token}}", { method: "POST", form: { token: "{{capture:token}}" } }),
        expect: [{ kind: "contains", text: "sent {{capture:token}}" }],
      },
    ],
  });

  it("stand in later steps, percent-encoded in paths", async () => {
    const { app, asked } = fake((_, count) => ({
      body: count === 1 ? 'name=t value="a/b c"' : "sent a/b c",
    }));
    expect(await runCheck(app, check('value="([^"]*)"'))).toMatchObject({ passed: true });
    expect(asked[1]).toMatchObject({ path: "/at/a%2Fb%20c", form: { token: "a/b c" } });
  });

  it("that find nothing fail the step", async () => {
    const { app, asked } = fake(() => ({ body: "no form" }));
    const { passed, evidence } = await runCheck(app, check('value="([^"]*)"'));
    expect([passed, evidence.detail]).toEqual([false, 'expected the body to match value="([^"]*)"']);
    expect(asked).toHaveLength(1);
  });

  it("may come from a header", async () => {
    const { app } = fake((_, count) => (count === 1 ? { headers: { "x-id": "no 7" } } : { body: "sent 7" }));
    const one = check("no (\\d+)");
    const [first, second] = one.steps;
    const steps = [{ ...first!, capture: { name: "token", header: "X-Id", match: "no (\\d+)" } }, second!];
    expect(await runCheck(app, { ...one, steps })).toMatchObject({ passed: true });
  });

  it("that nobody made are the scenario's fault", async () => {
    const { app } = fake(() => ({}));
    const steps = [
      { request: request("/"), expect: [{ kind: "equals", capture: "none" }] },
    ] satisfies Check["steps"];
    await expect(runCheck(app, { name: "x", steps })).rejects.toThrow(InfraError);
  });
});

describe("slower", () => {
  const check: Check = {
    name: "slow",
    steps: [
      { request: request("/quick"), capture: "quick", expect: [] },
      { request: request("/slow"), expect: [{ kind: "slower", than: "quick", factor: 10 }] },
    ],
  };
  /** Times of the harmless request and of the attack, in the order of asking. */
  const timed = (quick: readonly number[], slow: readonly number[]) => {
    const left = { "/quick": [...quick], "/slow": [...slow] };
    return fake(({ path }) => ({ ms: left[path as keyof typeof left].shift()! }));
  };

  it.each<[string, number[], number[], boolean]>([
    ["slow each time", [10, 10, 10], [200, 150, 101], true],
    ["slow beside a time too short to measure", [0.1], [51, 52, 53], true],
    ["slow once, which is noise", [10, 10, 10], [200, 150, 99], false],
    ["beside a harmless request that was held up once", [90, 10, 10], [200, 150, 120], true],
    ["not beside one that is always as slow", [90, 90, 90], [200], false],
    ["quick", [10], [49], false],
    ["quick beside a time too short to measure", [0.1], [40], false],
  ])("%s", async (_, quick, slow, passed) => {
    const { app, asked } = timed(quick, slow);
    expect((await runCheck(app, check)).passed).toBe(passed);
    expect(asked).toHaveLength(quick.length + slow.length);
  });

  it("asks something new each time, for those who remember their answers", async () => {
    const [first, last] = check.steps as [Check["steps"][number], Check["steps"][number]];
    const slow = request("/slow?q=aaa{{again}}", { json: { again: "{{again}}" } });
    const steps = [first, { ...last, request: slow }];
    const known = new Set<string>();
    const { app, asked } = fake(({ path }) => {
      const ms = path !== "/quick" && !known.has(path) ? 900 : 1;
      known.add(path);
      return { ms };
    });
    expect((await runCheck(app, { ...check, steps })).passed).toBe(true);
    expect(asked.slice(1).map(({ path, json }) => [path, json])).toEqual(
      ["0", "1", "2"].map((digit) => [`/slow?q=aaa${digit}`, { again: digit }]),
    );
    const remembered = { ...check, steps: [first, { ...last, request: request("/slow?q=aaa") }] };
    known.clear();
    expect((await runCheck(app, remembered)).passed).toBe(false);
  });

  it.each([1, 2])("counts an answer that never comes as slow, from attempt %d on", async (from) => {
    const { app } = fake((_, count) => {
      if (count > from) throw new AppFault("timeout", "no answer");
      return { ms: count === 1 ? 5 : 900 };
    });
    expect((await runCheck(app, check)).passed).toBe(true);
  });

  it("reports an application that breaks off when it is asked again", async () => {
    const { app } = fake((_, count) => {
      if (count > 2) throw new AppFault("no-answer", "the answer broke off");
      return { ms: count === 1 ? 5 : 900 };
    });
    const result = await runCheck(app, check);
    expect(result).toMatchObject({ passed: false, fault: { kind: "no-answer" } });
    expect(result.evidence.detail).toBe("the answer broke off");
  });
});
