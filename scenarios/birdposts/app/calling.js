"use strict";
/** Calls the hooks and pages of other observatories. */

class NotCalled extends Error {}

const LONGEST = 2000;
/** This machine has services of its own, which are nobody's hooks. */
const OURS = /^https?:\/\/(localhost|127\.0\.0\.1)\b/i;

/** What is answered to `message`, sent as JSON; without a message the page itself. */
async function call(url, message) {
  if (OURS.test(url)) throw new NotCalled("not on this machine");
  const sent = message === undefined ? {} : { method: "POST", body: JSON.stringify(message), headers: { "Content-Type": "application/json" } };
  try {
    const answer = await fetch(url, { ...sent, signal: AbortSignal.timeout(2000) });
    if (!answer.ok) throw new NotCalled(`answered with ${answer.status}`);
    return (await answer.text()).slice(0, LONGEST);
  } catch (error) {
    throw error instanceof NotCalled ? error : new NotCalled("no answer");
  }
}

module.exports = { call, NotCalled };
