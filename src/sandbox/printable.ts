/** Text of an untrusted application, made safe to show. */

/** Text without control characters other than line ends and tabs: no terminal escapes reach a report. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\r\n/g, "\n").replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "");
}
