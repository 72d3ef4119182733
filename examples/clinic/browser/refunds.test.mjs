// Money given back: a part, the rest, too much, and to the processor that took it whichever is in use by then.

import assert from "node:assert/strict";

import { MONERIS, VISA } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

/** A clinic where front desk A took the money with Stripe and looks at the payment. */
async function paidWithStripe(clinic) {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  await desk.openPaymentWindow();
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  await desk.openPayment();
  return desk;
}

/** The same with Moneris. */
async function paidWithMoneris(clinic, card = MONERIS.visa) {
  await clinic.connectMoneris();
  const desk = await clinic.visit("deskA");
  await desk.openFrameWindow();
  await desk.payInFrame(card);
  await desk.sees("The payment is made.");
  await desk.openPayment();
  return desk;
}

story("a part is given back, then the rest, and the invoice can be paid again", async (clinic) => {
  const desk = await paidWithStripe(clinic);
  await desk.giveBack("23.45");
  await desk.sees("The money was given back.");
  await desk.sees("Given back in part");
  assert.equal(await clinic.refunded(), 2_345);
  await desk.giveBack();
  await desk.sees("The money was given back.");
  assert.equal(await clinic.refunded(), 12_345);
  assert.equal(await desk.button("Give back").count(), 0, "nothing is left to give back");
  await desk.open(`/d/${OFFICE}/transactions`);
  await desk.sees("Unpaid");
  await desk.openPaymentWindow();
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1, 1]);
});

story("more than is left is refused with what is left, and nothing is given back", async (clinic) => {
  const desk = await paidWithStripe(clinic);
  await desk.giveBack("60.00");
  await desk.sees("The money was given back.");
  desk.expect(/^409: POST .*\/refund$/);
  await desk.giveBack("70.00");
  await desk.sees("Only $63.45 of this charge can still be given back.");
  assert.equal(await clinic.refunded(), 6_000);
  assert.equal(await desk.page.getByLabel("Amount to give back").inputValue(), "70.00", "what was typed stays");
});

story("an amount that is none is told at its field", async (clinic) => {
  const desk = await paidWithStripe(clinic);
  desk.expect(/^422: POST .*\/refund$/);
  for (const amount of ["0", "abc", "1,00"]) {
    await desk.giveBack(amount);
    await desk.page.locator("#amount-attempt-1-error").waitFor();
  }
  assert.equal(await clinic.refunded(), 0);
});

story("Give back pressed twice gives back once", async (clinic) => {
  const desk = await paidWithStripe(clinic);
  await desk.page.getByLabel("Amount to give back").fill("10.00");
  await desk.button("Give back").dblclick();
  await desk.sees("The money was given back.");
  assert.equal(await clinic.refunded(), 1_000);
});

story("whoever may not give money back sees no form for it", async (clinic) => {
  await paidWithStripe(clinic);
  const other = await clinic.visit("deskB");
  await other.openPayment();
  await other.heading("Refunds").waitFor();
  assert.equal(await other.button("Give back").count(), 0);
});

story("a refund that the card's bank refuses says so, and the money is still to be given back", async (clinic) => {
  const desk = await paidWithMoneris(clinic, MONERIS.refundDeclined);
  await desk.giveBack("10.00");
  await desk.sees("Nothing was given back. The refund says why.");
  await desk.sees("Refund failed");
  await desk.sees("$123.45");
  assert.deepEqual((await clinic.orders()).map(({ back }) => back), [0]);
});

story("what Moneris took goes back from Moneris after Stripe took its place, and the other way round", async (clinic) => {
  const desk = await paidWithMoneris(clinic);
  const atMoneris = desk.page.url();

  const owner = await clinic.visit("owner");
  await owner.open(`/d/${OFFICE}/settings`);
  await owner.saveKeys();
  await owner.sees("The keys are saved.");
  await owner.pane("Moneris").getByText("Not active while Stripe is connected").waitFor();
  await owner.pane("Moneris").getByText(/What was taken here is given back from here/).waitFor();
  await desk.finaliseDraft();
  await desk.openPaymentWindow();
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  await desk.openPayment();
  const atStripe = desk.page.url();

  await desk.page.goto(atMoneris);
  await desk.giveBack("23.45");
  await desk.sees("The money was given back.");
  assert.deepEqual([(await clinic.orders())[0].back, await clinic.refunded()], [2_345, 0]);

  await owner.open(`/d/${OFFICE}/settings`);
  await owner.removeAccount("Stripe");
  await owner.sees("The account is removed.");
  await owner.pane("Moneris").getByText("In use: card payments go here").waitFor();
  // Its keys are gone with it, so Stripe cannot be asked; and Moneris is not.
  desk.expect(/^409: POST .*\/refund$/);
  await desk.page.goto(atStripe);
  await desk.giveBack("10.00");
  await desk.sees(/The keys of the Stripe account of this payment are not saved any more/);
  assert.deepEqual([(await clinic.orders())[0].back, await clinic.refunded()], [2_345, 0]);

  await owner.open(`/d/${OFFICE}/settings`);
  await owner.saveKeys();
  await owner.sees("The keys are saved.");
  await desk.page.goto(atStripe);
  await desk.giveBack("10.00");
  await desk.sees("The money was given back.");
  assert.deepEqual([(await clinic.orders())[0].back, await clinic.refunded()], [2_345, 1_000]);
});

story("a payment begun in Moneris's frame ends there, though Stripe was saved meanwhile", async (clinic) => {
  await clinic.connectMoneris();
  const desk = await clinic.visit("deskA");
  await desk.openFrameWindow();
  await desk.payInFrame(MONERIS.wrongDigit);
  await desk.sees("Enter the whole card number.");
  await clinic.connectStripe();
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual([(await clinic.orders()).length, await clinic.captured()], [1, []]);
});
