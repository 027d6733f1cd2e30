/** `ironbark data`: making and converting data sets. */
import { group } from "../command.ts";

export default group("data", "Make data sets", {
  http: () => import("./data-http.ts").then((file) => file.default),
});
