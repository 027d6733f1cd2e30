/** Exchanges out of ZAP's JSON report with requests and responses (template `traditional-json-plus`). */
import { z } from "zod";
import { InputError } from "../../../core/index.ts";
import type { RefusedRow } from "../rows.ts";
import {
  claimOf,
  faultOf,
  parseExchange,
  parseJson,
  type ReadExchanges,
  type ReportedExchange,
} from "./exchange.ts";

const fileSchema = z.object({
  site: z.array(
    z.object({
      alerts: z.array(
        z.object({
          name: z.string().optional(),
          alert: z.string().optional(),
          cweid: z.union([z.string(), z.number()]).optional(),
          instances: z.array(z.unknown()).default([]),
        }),
      ),
    }),
  ),
});
const instanceSchema = z.object({
  uri: z.string().optional(),
  "request-header": z.string(),
  "request-body": z.string().default(""),
  "response-header": z.string(),
  "response-body": z.string().default(""),
});

/** What cannot be read is named with the reason. Throws InputError for another kind of file. */
export function readZap(text: string, where: string): ReadExchanges {
  const file = fileSchema.safeParse(parseJson(text, where, "a JSON report of ZAP"));
  if (!file.success) throw new InputError(`${where}: ${faultOf(file.error)}; expected a JSON report of ZAP`);
  const exchanges: ReportedExchange[] = [];
  const refused: RefusedRow[] = [];
  const alerts = file.data.site.flatMap((site) => site.alerts);
  alerts.forEach(({ name, alert, cweid, instances }, index) => {
    const claim = claimOf(name ?? alert ?? "unnamed", cweid);
    instances.forEach((raw, number) => {
      const at = `${where}: alert ${index + 1}, instance ${number + 1}`;
      const instance = instanceSchema.safeParse(raw);
      if (!instance.success)
        return void refused.push({
          where: at,
          reason: `${faultOf(instance.error)}; expected the report with requests and responses`,
        });
      const { data } = instance;
      try {
        const request = `${ended(data["request-header"])}${data["request-body"]}`;
        const response = `${ended(data["response-header"])}${data["response-body"]}`;
        exchanges.push({ ...parseExchange({ request, response }, at, data.uri), claim });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        refused.push({ where: at, reason: error.message });
      }
    });
  });
  return { exchanges, refused };
}

/** A header with the blank line that ends it. */
const ended = (header: string): string => `${header.replace(/(?:\r?\n)+$/, "")}\r\n\r\n`;
