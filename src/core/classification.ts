/** What classifies text, whatever model is inside, and what it answers. */

export interface LabelScore {
  readonly label: string;
  /** Calibrated probability. */
  readonly score: number;
}

/** The answer for one text. */
export interface Classification {
  /** All labels with their probabilities, most probable first. They add up to 1 - `other`. */
  readonly scores: readonly LabelScore[];
  /** Probability that it is none of the labels. */
  readonly other: number;
  /** The best probability is below the model's threshold: the answer should be read as "unsure". */
  readonly unsure: boolean;
}

/** Turns texts into answers; a linear model and a neural one look the same from here. */
export interface Classifier {
  readonly labels: readonly string[];
  /** One answer per text, in order. */
  classify(texts: readonly string[]): Promise<Classification[]>;
  close(): Promise<void>;
}
