/** A world an agent acts in. One instance serves one episode at a time. */

export interface ResetOptions {
  readonly seed?: number;
  readonly episode_id?: string;
  readonly [key: string]: unknown;
}

export interface StepResult<Observation> {
  readonly observation: Observation;
  /** Of this step; null when the infrastructure failed, so that there is no signal. */
  readonly reward: number | null;
  readonly done: boolean;
}

export interface Environment<Action, Observation, State> {
  reset(options?: ResetOptions): Promise<StepResult<Observation>>;
  /** Never throws for a bad action: the observation's stderr says what was wrong. Throws InfraError when unusable. */
  step(action: Action): Promise<StepResult<Observation>>;
  state(): State;
  close(): Promise<void>;
}
