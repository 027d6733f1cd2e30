import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { openTrlFixture, type TrlFixture } from "../../../test/support/trl-fixture.ts";
import { clipGradNorm, tidy } from "../../torch/index.ts";

const PARITY = fileURLToPath(new URL("../../../../shared/parity", import.meta.url));
const here = existsSync(PARITY);

const furthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

// The ladder of ../shared/protocols/trainers.md 5.1 with the gates of 5.2: PEFT 0.21.0 and TRL 1.13.0 made the fixture.
describe.skipIf(!here)(
  `LoRA against the parity fixture${here ? "" : ` (skipped: ${PARITY} is absent)`}`,
  async () => {
    let fixture: TrlFixture;
    beforeEach(async () => {
      fixture = await openTrlFixture(PARITY);
    });

    it("has its logits, log-probabilities and entropy", () => {
      expect(furthest(fixture.logits(), fixture.numbers("logits"))).toBeLessThan(5e-5);
      const { logprobs, entropy } = fixture.scores(10);
      expect(furthest(logprobs, fixture.atTargets("logps"))).toBeLessThan(2e-5);
      expect(furthest(entropy, fixture.atTargets("entropy"))).toBeLessThan(5e-5);
    });

    it("has the reference policy's log-probabilities with the adapter off", () => {
      const { logprobs } = fixture.adapters.without(() => fixture.scores());
      expect(furthest(logprobs, fixture.atTargets("ref_logps"))).toBeLessThan(2e-5);
      expect(furthest(logprobs, fixture.atTargets("logps"))).toBeGreaterThan(1e-3);
    });

    it("has its supervised loss", () => {
      const { sft_loss: theirs } = fixture.published;
      expect(Math.abs(fixture.supervisedLoss() - theirs)).toBeLessThan(1e-5 * theirs);
    });

    const LOSSES = here ? Object.keys((await openTrlFixture(PARITY)).published.loss) : [];
    it.each(LOSSES.flatMap((name) => [[name, 1000] as const, [name, 10] as const]))(
      "has the loss, gradient norm and metrics of %s in chunks of %i rows",
      (name, rowsPerChunk) => {
        const ours = fixture.train(name, rowsPerChunk);
        const { loss, grad_norm: expectedNorm, ...metrics } = fixture.published.loss[name]!;
        expect(Math.abs(ours["loss"]! - loss!)).toBeLessThan(Math.max(5e-6, 1e-5 * Math.abs(loss!)));
        const { norm } = tidy(() => clipGradNorm([...fixture.parameters.values()], Infinity));
        expect(Math.abs(norm / expectedNorm! - 1)).toBeLessThan(3e-5);
        for (const [metric, value] of Object.entries(metrics))
          expect(ours[metric], metric).toBeCloseTo(value, 4);
      },
    );

    it("follows its trajectory of five steps to the same parameters", () => {
      const theirs = fixture.published.traj_loss_gradnorm;
      fixture.follow(theirs.length).forEach(([loss, norm], step) => {
        expect(Math.abs(loss - theirs[step]![0])).toBeLessThan(1e-5);
        expect(Math.abs(norm - theirs[step]![1])).toBeLessThan(1e-5);
      });
      for (const [name, value] of fixture.parameters) {
        const [ours, after] = [value.toNumbers(), fixture.after(name)];
        const gap = Math.sqrt(ours.reduce((sum, x, i) => sum + (x - after[i]!) ** 2, 0));
        const size = Math.sqrt(after.reduce((sum, x) => sum + x * x, 0));
        expect(gap / size, name).toBeLessThan(5e-6);
      }
    });

    it("computes the same when merged, and exactly the former when unmerged", () => {
      const before = fixture.logits();
      fixture.adapters.merge("fixture");
      const merged = fixture.logits();
      expect(furthest(merged, before)).toBeLessThan(5e-5);
      expect(merged).not.toEqual(before);
      fixture.adapters.unmerge("fixture");
      expect(fixture.logits()).toEqual(before);
    });
  },
);
