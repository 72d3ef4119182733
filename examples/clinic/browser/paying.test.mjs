// The payment window, with one person in front of it.

import assert from "node:assert/strict";

import { AMEX, AUTHENTICATE, DECLINED, LOST, MASTERCARD, VISA } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

/** A test in which Stripe's keys are saved and front desk A has the payment window open. */
function atTheWindow(name, tell, options) {
  story(name, async (clinic) => {
    await clinic.connectStripe();
    const desk = await clinic.visit("deskA", options);
    await desk.openPaymentWindow();
    await tell(desk, clinic);
  });
}

atTheWindow("the fields stand in the order in which they are filled in", async (desk) => {
  const wanted = ["Total", "Billing full name", "Card number", "Expiry", "Security code (CVC)", "Postal code", "Send Request"];
  const text = await desk.page.getByRole("main").innerText();
  const buttons = await desk.button("Send Request").count();
  const places = wanted.slice(0, -1).map((label) => text.indexOf(label));
  assert.ok(places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1])), `${places}\n${text}`);
  assert.equal(buttons, 1);
});

story("a field that is drawn before its script has come takes nothing that would be lost", async (clinic) => {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  let letIn;
  const script = new Promise((resolve) => (letIn = resolve));
  await desk.context.route(/\/field\.js$/, (route) => script.then(() => route.continue()));
  await desk.openPaymentWindow();
  assert.ok(await desk.cardField("number").isDisabled());
  letIn();
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
});

atTheWindow("the brand appears as the number is typed", async (desk) => {
  for (const [number, brand] of [[VISA, "Visa"], [MASTERCARD, "Mastercard"], [AMEX, "American Express"]]) {
    await desk.cardField("number").fill("");
    await desk.cardField("number").pressSequentially(number.slice(0, 4));
    await desk.sees(brand);
  }
});

atTheWindow("a card pays the invoice once, and its number never comes to the clinic", async (desk, clinic) => {
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
  desk.assertNoCardCameHere();
  const names = desk.toClinic(/send-request$|settle$/).map(({ body }) => [...new URLSearchParams(body).keys()]);
  assert.deepEqual(names, [["csrf", "payment", "total", "currency", "account", "processor"], ["csrf"]]);
  await desk.openPayment();
  await desk.sees(/Visa.*4242/i);
});

atTheWindow("after a refused card another one pays in the same window, in the same payment", async (desk, clinic) => {
  await desk.pay(DECLINED);
  await desk.sees(/declined/);
  assert.equal(await desk.button("Send Request").isEnabled(), true);
  await desk.pay(MASTERCARD);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1], "one PaymentIntent, charged once");
  desk.assertNoCardCameHere();
});

atTheWindow("a card reported lost is not told to whoever stands at the desk", async (desk) => {
  await desk.pay(LOST);
  await desk.sees(/Your bank declined/);
  assert.doesNotMatch(await desk.page.getByRole("main").innerText(), /lost|stolen/i);
});

atTheWindow("the bank's question is answered in its own frame, and the card pays", async (desk, clinic) => {
  await desk.pay(AUTHENTICATE);
  await desk.bank().getByRole("button", { name: "Complete authentication" }).click();
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
});

atTheWindow("a failed answer to the bank takes nothing, and the next try pays", async (desk, clinic) => {
  await desk.pay(AUTHENTICATE);
  await desk.bank().getByRole("button", { name: "Fail authentication" }).click();
  await desk.sees("Your bank could not confirm that it is you.");
  assert.deepEqual(await clinic.captured(), [0]);
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
});

atTheWindow("a window that was closed is opened again and goes on with the same payment", async (desk, clinic) => {
  await desk.declineOnce();
  await desk.link("Close").click();
  await desk.openPaymentWindow();
  await desk.sees(/This payment was begun before/);
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1], "one PaymentIntent, charged once");
});

atTheWindow("an open payment is cancelled from its window, and the invoice can be paid anew", async (desk, clinic) => {
  await desk.declineOnce();
  await desk.openPaymentWindow();
  await desk.button("Cancel payment").click();
  await desk.sees("The payment is cancelled. Nothing was charged.");
  await desk.openPaymentWindow();
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [0, 1]);
});

atTheWindow("Send Request pressed twice pays once", async (desk, clinic) => {
  await desk.typeCard(VISA);
  await desk.button("Send Request").dblclick();
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
  assert.equal(desk.toClinic(/send-request$/).length, 1, "and is sent once");
});

atTheWindow("an incomplete card is told at its field, and nothing is sent", async (desk, clinic) => {
  await desk.cardField("number").fill("4242");
  await desk.button("Send Request").click();
  await desk.sees("Your card number is incomplete.");
  await desk.sees("Enter the card’s expiry date.");
  await desk.sees("Enter the security code.");
  assert.equal(desk.toClinic(/send-request$/).length, 0);
  assert.deepEqual(await clinic.captured(), []);
});

atTheWindow("the whole payment is made without a mouse", async (desk, clinic) => {
  const { keyboard } = desk.page;
  await desk.page.getByRole("textbox", { name: "Billing full name" }).focus();
  desk.cards.push(VISA);
  for (const typed of [VISA, "1234", "123"]) {
    await keyboard.press("Tab");
    await keyboard.type(typed);
  }
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  assert.equal(await desk.page.evaluate(() => document.activeElement?.textContent.trim()), "Send Request");
  await keyboard.press("Enter");
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.captured(), [1]);
});

atTheWindow(
  "the window speaks French to whoever reads French",
  async (desk) => {
    for (const text of ["Nom complet de facturation", "Numéro de carte", "Date d’expiration", "Code de sécurité (CVC)"]) {
      await desk.sees(text);
    }
    await desk.pay(DECLINED);
    await desk.sees(/refusé/);
    await desk.pay(VISA);
    await desk.sees("Le paiement est fait.");
  },
  { language: "fr" },
);

story("where Stripe's script cannot be loaded, the window says so and sends nothing", async (clinic) => {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  desk.expect(/^failed: .*stripe\.js/, /^console: .*ERR_FAILED/);
  await desk.context.route(/stripe\.js/, (route) => route.abort());
  await desk.open(`/d/${OFFICE}/transactions`);
  await desk.payLink().click();
  await desk.sees(/The card fields could not be loaded/);
  assert.equal(await desk.button("Send Request").isDisabled(), true);
});

story("without JavaScript the window says that it needs it", async (clinic) => {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA", { javaScript: false });
  await desk.open(`/d/${OFFICE}/transactions`);
  await desk.payLink().click();
  // A driven Chromium keeps the text in the page and does not draw it (its parser is not told that scripts are off).
  await desk.page.waitForURL(/\/pay$/);
  assert.match(await desk.page.content(), /<noscript>.*Card payments need JavaScript in this browser\./);
  assert.equal(await desk.button("Send Request").isDisabled(), true);
});
