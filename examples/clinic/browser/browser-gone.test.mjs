// The longest wait of all, in a file of its own so that others run meanwhile: the browser never comes back, and the sweep finds out.

import assert from "node:assert/strict";

import { VISA } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

story("a browser that is closed right after the charge leaves a payment that the sweep marks paid", async (clinic) => {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  await desk.openPaymentWindow();
  let settles = 0;
  const asked = new Promise((resolve) =>
    desk.context.route(/\/settle$/, () => {
      settles += 1;
      resolve();
    }),
  );
  await desk.pay(VISA);
  await asked;
  await desk.leave();
  assert.deepEqual(await clinic.captured(), [1], "the card was charged");

  const other = await clinic.visit("deskB");
  await other.open(`/d/${OFFICE}/transactions`);
  await other.sees("Payment open");
  await other.reloadUntil("Paid");
  assert.equal(settles, 1);
  assert.deepEqual(await clinic.captured(), [1]);
});
