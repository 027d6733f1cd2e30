/** Compares the ladder of a fixture that TRL and PEFT computed: scores, losses, gradients, a trajectory. */
import { openTrlFixture } from "../support/trl-fixture.ts";
import { clipGradNorm, clearGrads, tidy } from "../../src/torch/index.ts";
import { maxAbs, relativeL2, type ParityTable } from "../support/reference.ts";

/** Gates of the fixture's own README: 10 to 30 times the noise between float32 and float64. */
const GATES = { logits: 5e-5, logps: 2e-5, entropy: 5e-5, loss: 1e-5, gradient: 3e-5, parameters: 5e-6 };
/** A loss near 0 has no relative difference worth the name. */
const LEAST_LOSS = 0.5;

export async function compareLosses(
  folder: string,
  name: string,
  table: ParityTable,
  against: string,
): Promise<void> {
  const fixture = await openTrlFixture(folder);
  const check = table.checkOf(name, against);

  check("logits", maxAbs(fixture.logits(), fixture.numbers("logits")), GATES.logits);
  const { logprobs, entropy } = fixture.scores();
  check("token log-probabilities", maxAbs(logprobs, fixture.atTargets("logps")), GATES.logps);
  check("entropies", maxAbs(entropy, fixture.atTargets("entropy")), GATES.entropy);
  const off = fixture.adapters.without(() => fixture.scores());
  check(
    "log-probabilities of the reference",
    maxAbs(off.logprobs, fixture.atTargets("ref_logps")),
    GATES.logps,
  );

  const { loss, sft_loss: supervised, traj_loss_gradnorm: trajectory } = fixture.published;
  const near = (ours: number, theirs: number): number =>
    Math.abs(ours - theirs) / Math.max(LEAST_LOSS, Math.abs(theirs));
  check("supervised loss", near(fixture.supervisedLoss(), supervised), GATES.loss, "rel L2");
  for (const [kind, theirs] of Object.entries(loss)) {
    const ours = fixture.train(kind, 1000);
    const { norm } = tidy(() => clipGradNorm([...fixture.parameters.values()], Infinity));
    clearGrads([...fixture.parameters.values()]);
    check(`${kind} loss`, near(ours["loss"]!, theirs["loss"]!), GATES.loss, "rel L2");
    const slope = Math.abs(norm / theirs["grad_norm"]! - 1);
    check(`${kind} gradient norm`, slope, GATES.gradient, "rel L2");
  }

  const steps = fixture.follow(trajectory.length);
  check("losses and gradient norms of 5 steps", maxAbs(steps.flat(), trajectory.flat()), 1e-5);
  const [ours, theirs] = [
    [...fixture.parameters.values()].flatMap((value) => value.toNumbers()),
    [...fixture.parameters.keys()].flatMap((key) => fixture.after(key)),
  ];
  check("adapter after 5 steps", relativeL2(ours, theirs), GATES.parameters, "rel L2");
}
