/** `ironbark env validate`: scenarios prove themselves without a model; wrong verdicts are counted and published. */
import { InputError } from "../../core/errors.ts";
import type { ScenarioReport } from "../../verify/index.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../flags.ts";
import type { Accuracy, ErrorRate } from "../validation.ts";

/** Of each patch: enough to see a flake where one scenario is validated, and affordable where all are. */
const REPEATS = { one: 20, many: 5 };

export default command({
  name: "env validate",
  description:
    "Judge every patch that scenarios ship: correct ones must win, cheats must lose, repeats must agree",
  examples: [
    "env validate library",
    "env validate ./my-scenario --repeats 20",
    "env validate sql-where-concat --seeds-per-family 10",
    "env validate redirect-javascript-open --seeds-per-family 10",
    "env validate --all --json",
    "env validate --all --repeats 20 --out runs/validation",
    "env validate --cves",
  ],
  args: {
    scenario: {
      type: "positional",
      required: false,
      description: "A scenario, a family, or the folder of a scenario",
    },
    all: { type: "boolean", description: "Every hand-written scenario and every family" },
    cves: { type: "boolean", description: "Every published vulnerability (after scripts/setup.sh --cves)" },
    repeats: {
      type: "string",
      description: `How often each patch is judged; ${REPEATS.one} for one scenario, ${REPEATS.many} for a family or a whole body`,
      valueHint: "N",
    },
    "seeds-per-family": {
      type: "string",
      default: "1",
      description: "Scenarios made from each family",
      valueHint: "N",
    },
    out: {
      type: "string",
      description: "Folder that keeps finished scenarios; the same command again goes on from there",
      valueHint: "DIR",
    },
    unsafe: { type: "boolean", description: "Run the applications without isolation; the report says so" },
  },
  run: async (args, { emit, signal }) => {
    const asked = args.repeats === undefined ? undefined : wholeNumber("repeats", args.repeats, 1);
    const seeds = wholeNumber("seeds-per-family", args["seeds-per-family"], 1);
    if ([args.scenario !== undefined, args.all === true, args.cves === true].filter(Boolean).length !== 1)
      throw new InputError("name a scenario, or give --all or --cves", { hint: "see: ironbark env list" });

    const { ALL_FAMILIES } = await import("../../data/families.ts");
    const { openVerifier } = await import("../../verify/index.ts");
    const { openReports } = await import("../validation-folder.ts");
    const { validateBody } = await import("../validate-body.ts");
    const { generated, handWritten, namedScenarios, published } = await import("../scenarios.ts");
    const { accuracy } = await import("../validation.ts");
    const scenarios =
      args.scenario !== undefined
        ? await namedScenarios(args.scenario, seeds)
        : args.cves === true
          ? await published()
          : [...(await handWritten()), ...generated(ALL_FAMILIES, seeds)];

    const repeats = asked ?? (scenarios.length === 1 ? REPEATS.one : REPEATS.many);
    const kept = args.out === undefined ? undefined : openReports(args.out);
    const verifier = openVerifier({ unsafe: args.unsafe === true });
    const started = performance.now();
    try {
      const finished = kept?.reports;
      const { reports, resumed } = await validateBody(verifier, scenarios, {
        repeats,
        emit,
        signal,
        finished,
      });
      const seconds = (performance.now() - started) / 1000;
      emit({ kind: "stage-end", stage: "validate", seconds });
      const totals = accuracy(reports);
      const ok = reports.every((report) => report.ok);
      const data = {
        ok,
        unsafe: verifier.unsafe,
        scenarios: reports.length,
        resumed,
        repeats,
        seconds,
        ...totals,
        reports,
      };
      return { data, text: describe(data), exitCode: ok ? 0 : totals.infra > 0 ? 4 : 1 };
    } finally {
      await verifier.close();
      kept?.close();
    }
  },
});

function describe(
  data: Accuracy & {
    unsafe: boolean;
    scenarios: number;
    resumed: number;
    repeats: number;
    seconds: number;
    reports: readonly ScenarioReport[];
  },
): string {
  const failed = data.reports.filter((report) => !report.ok);
  const line = (name: string, { count, n, low, high }: ErrorRate): string =>
    `${name}: ${count} of ${n} (95 % interval ${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)} %)`;
  return [
    ...failed.flatMap((report) => report.problems.map((problem) => `${report.id}: ${problem}`)),
    ...(data.unsafe ? ["WITHOUT ISOLATION: the applications ran as plain processes"] : []),
    `${data.scenarios - failed.length} of ${data.scenarios} scenarios are valid`,
    line("wrong patches accepted", data.wrong_accepted),
    line("right patches refused", data.right_refused),
    line(`patches whose ${data.repeats} repeats disagree`, data.flaky),
    `${data.verifications} verifications, ${data.infra} without a verdict, ${data.seconds.toFixed(1)} s`,
    ...(data.resumed > 0
      ? [`${data.resumed} scenarios were finished before; the time is that of the others`]
      : []),
  ].join("\n");
}
