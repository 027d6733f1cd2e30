/** What a training run knows about the model that it made, for its card and its bill of materials. */

/** Data that the model was trained or measured on. */
export interface DataFacts {
  readonly name: string;
  /** One sentence: what it is and where it comes from. */
  readonly description: string;
  /** What was made from a seed says so; the seed of the run makes it again. */
  readonly made: "from a seed" | "from files";
  readonly rows?: number;
  /** Files whose bytes are hashed. */
  readonly files?: readonly string[];
}

/** One number with what it was measured on. */
export interface Measured {
  readonly metric: string;
  /** The data it was measured on, `test` for instance. */
  readonly on: string;
  readonly value: number;
  /** 95 % interval. */
  readonly interval?: readonly [number, number];
  readonly n?: number;
}

export interface BaseModel {
  readonly name: string;
  readonly version?: string;
  /** Folder with its model.safetensors, which is hashed. */
  readonly folder?: string;
}

export interface ModelFacts {
  /** Folder of the checkpoint: config.json and model.safetensors. */
  readonly folder: string;
  readonly name: string;
  /** As the Hugging Face hub names tasks. */
  readonly task: "text-generation" | "text-classification";
  /** One sentence: what the model does. */
  readonly summary: string;
  /** Left out when the weights began random. */
  readonly base?: BaseModel;
  readonly data: readonly DataFacts[];
  readonly measured: readonly Measured[];
  readonly uses: readonly string[];
  readonly notFor: readonly string[];
  readonly limits: readonly string[];
}
