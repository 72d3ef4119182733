// Two people at once, browsers that go away, and a server that dies.

import assert from "node:assert/strict";

import { VISA } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

story("a second desk sees that a payment is in progress, and by whom", async (clinic) => {
  await clinic.connectStripe();
  const [a, b] = [await clinic.visit("deskA"), await clinic.visit("deskB")];
  await a.openPaymentWindow();
  await a.declineOnce();
  b.expect(/^409: GET .*\/pay$/);
  await b.open(new URL(a.page.url()).pathname);
  await b.heading("A payment is in progress").waitFor();
  await b.sees("Front desk A");
  await a.pay(VISA);
  await a.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
});

story("two windows on one invoice pay it once", async (clinic) => {
  await clinic.connectStripe();
  const [a, b] = [await clinic.visit("deskA"), await clinic.visit("deskB")];
  await a.openPaymentWindow();
  await b.openPaymentWindow();
  await a.declineOnce();
  await b.typeCard(VISA);
  b.expect(/^409: POST .*\/send-request$/);
  await b.button("Send Request").click();
  await b.sees(/A card payment is in progress on this invoice/);
  assert.deepEqual(await clinic.captured(), [0]);
  await a.pay(VISA);
  await a.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
});

story("a server killed with a payment open comes back, and the payment is finished once", async (clinic) => {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  await desk.openPaymentWindow();
  await desk.declineOnce();
  await clinic.stop("SIGKILL");
  await clinic.start();
  await desk.page.reload();
  await desk.sees(/This payment was begun before/);
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1], "one PaymentIntent, charged once");
});

story("when the server dies while the card is charged, the window says how to go on, and nothing is charged twice", async (clinic) => {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  await desk.openPaymentWindow();
  // The charge is made in the browser; what is lost is the way to tell the clinic.
  desk.expect(/^failed: .*\/settle/, /^console: .*net::ERR_/);
  await desk.context.route(/\/settle$/, (route) => route.abort("connectionreset"));
  await desk.pay(VISA);
  await desk.sees(/The connection was lost/);
  await clinic.stop("SIGKILL");
  await clinic.start();
  await desk.context.unroute(/\/settle$/);
  await desk.button("Send Request").click();
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
});
