/** Exchanges out of the files of browsers, proxies and scanners. */
import { readBurp } from "./burp.ts";
import { readHar } from "./har.ts";
import { readSarif } from "./sarif.ts";
import { readZap } from "./zap.ts";

export { claimOf, parseExchange, type Claim, type ReadExchanges, type ReportedExchange } from "./exchange.ts";

/** Readers by the name of their format; each takes the file's text and its name for messages. */
export const REPORT_READERS = { har: readHar, burp: readBurp, zap: readZap, sarif: readSarif } as const;
export type ReportFormat = keyof typeof REPORT_READERS;
