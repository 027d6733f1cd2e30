/** A linear model behind the interface that every classifier has. */
import type { Classifier } from "../../core/classification.ts";
import { classificationOf, type Calibration } from "../calibration.ts";
import type { LinearModel } from "./folder.ts";
import { scoreRows } from "./score.ts";
import { transform } from "./tfidf.ts";

export function linearClassifier(model: LinearModel, calibration: Calibration): Classifier {
  const width = model.labels.length;
  return {
    labels: model.labels,
    classify: async (texts) => {
      const scores = scoreRows(model, transform(model.tfidf, texts));
      return texts.map((_, row) =>
        classificationOf(model.labels, scores.subarray(row * width, (row + 1) * width), calibration),
      );
    },
    close: async () => {},
  };
}
