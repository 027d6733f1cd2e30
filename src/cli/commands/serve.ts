/** `ironbark serve`: models over HTTP. */
import { group } from "../command.ts";

export default group(
  "serve",
  "Serve models over HTTP; with --model, the endpoint of `ironbark serve model`",
  {
    model: () => import("./serve-model.ts").then((file) => file.default),
    classifier: () => import("./serve-classifier.ts").then((file) => file.default),
  },
  "model",
);
