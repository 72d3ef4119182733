// The payment window with Moneris's own payment page: what it calls back is a hint, what the clinic asks is the truth.

import assert from "node:assert/strict";

import { MONERIS } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

const PAID_ONCE = [{ taken: 12_345, back: 0, charges: 1 }];

/** A test in which a store with a Checkout id is saved and front desk A has Moneris's page open. */
function atThePage(name, tell, options) {
  story(name, async (clinic) => {
    await clinic.connectMoneris({ checkout: true });
    const desk = await clinic.visit("deskA", options);
    await desk.openCheckout();
    await tell(desk, clinic);
  });
}

atThePage("a card pays in Moneris's page, once, and never comes to the clinic", async (desk, clinic) => {
  await desk.payInCheckout(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
  desk.assertNoCardCameHere();
});

atThePage("a page that is left and opened again is the same ticket, and pays once", async (desk, clinic) => {
  await desk.checkoutPage().getByRole("button", { name: /Cancel/ }).click();
  await desk.sees(/nothing was charged so far/);
  await desk.button("Send Request").click();
  await desk.checkoutPage().getByRole("textbox").first().waitFor();
  await desk.payInCheckout(MONERIS.mastercard);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atThePage("after a refused card another one pays in the same page", async (desk, clinic) => {
  await desk.payInCheckout(MONERIS.declined);
  await desk.checkoutPage().getByText("Try another card").waitFor();
  await desk.payInCheckout(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual((await clinic.orders()).map(({ charges }) => charges), [1]);
});

atThePage("a callback that nobody paid for marks nothing paid", async (desk, clinic) => {
  const page = desk.checkoutPage().locator("body");
  await page.evaluate(() =>
    parent.postMessage(JSON.stringify({ handler: "payment_complete", ticket: "any", response_code: "001" }), "*"),
  );
  await desk.sees(/nothing was charged so far/);
  assert.deepEqual(await clinic.orders(), []);
});

atThePage("a window that was closed is opened again and goes on with the same ticket", async (desk, clinic) => {
  await desk.link("Close").click();
  await desk.open(`/d/${OFFICE}/transactions`);
  await desk.payLink().click();
  await desk.sees(/This payment was begun before/);
  assert.equal(await desk.button("Cancel payment").count(), 0, "a ticket cannot be taken back");
  await desk.button("Send Request").click();
  await desk.checkoutPage().getByRole("textbox").first().waitFor();
  await desk.payInCheckout(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});
