/** Compares keys in a time that tells nothing of them: hashes have one length, and all of it is compared. */
import { createHash, timingSafeEqual } from "node:crypto";

const digestOf = (key: string): Buffer => createHash("sha256").update(key).digest();

export const isSameKey = (given: string, key: string): boolean =>
  timingSafeEqual(digestOf(given), digestOf(key));
