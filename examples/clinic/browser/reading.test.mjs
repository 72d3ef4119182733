// Every page, for whoever reads it: with a screen reader, in either language, light or dark, on a telephone.

import assert from "node:assert/strict";

import { MONERIS, VISA } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE, PERSONAL } from "./visit.mjs";

/** A clinic with something on every page: a paid invoice, one with a payment open after a refused card, a fresh draft. */
async function furnish(clinic) {
  await clinic.connectStripe();
  const desk = await clinic.visit("deskA");
  await desk.openPaymentWindow();
  await desk.pay(VISA);
  await desk.sees("The payment is made.");
  await desk.finaliseDraft();
  await desk.openPaymentWindow();
  await desk.declineOnce();
  await desk.saveInvoice();
  await desk.leave();
}

/** The pages that each person may read, by what they are called and how one gets there. */
const PAGES = {
  deskA: [
    ["dispensaries", (visit) => visit.open("/dispensaries")],
    ["transactions", (visit) => visit.open(`/d/${OFFICE}/transactions`)],
    ["no transactions", (visit) => visit.open(`/d/${PERSONAL}/transactions`)],
    ["an invoice", (visit) => visit.openInvoice("Paid")],
    ["a draft", (visit) => visit.openInvoice("Draft")],
    ["a draft to edit", (visit) => visit.editDraft()],
    ["a new invoice", (visit) => visit.open(`/d/${OFFICE}/invoices/new`)],
    ["a new invoice with mistakes", (visit) => visit.saveWrongInvoice()],
    ["the payment window", (visit) => visit.openPaymentWindow()],
    ["the payment window after a refused card", (visit) => visit.openPaymentWindow().then(() => visit.declineOnce())],
    ["the bank’s question", (visit) => visit.openPaymentWindow().then(() => visit.askTheBank())],
    ["payments", (visit) => visit.open(`/d/${OFFICE}/payments`)],
    ["no payments", (visit) => visit.open(`/d/${PERSONAL}/payments`)],
    ["a payment", (visit) => visit.openPayment()],
    ["a page that is not there", (visit) => visit.open("/nowhere")],
  ],
  deskB: [["a payment in progress elsewhere", (visit) => visit.openInProgress()]],
  helpCentre: [["help centre", (visit) => visit.open("/help-centre")]],
  owner: [
    ["Billing Settings", (visit) => visit.open(`/d/${OFFICE}/settings`)],
    ["locked Billing Settings", (visit) => visit.open(`/d/${PERSONAL}/settings`)],
    ["refused keys", (visit) => visit.saveTestKeys()],
  ],
  nobody: [["sign in", (visit) => visit.open("/sign-in")]],
};

/** A clinic on Moneris: a paid invoice of which a part was given back and a part could not be, and one with a payment open. */
async function furnishWithMoneris(clinic) {
  await clinic.connectMoneris();
  const desk = await clinic.visit("deskA");
  await desk.openFrameWindow();
  await desk.payInFrame(MONERIS.refundDeclined);
  await desk.sees("The payment is made.");
  await desk.openPayment();
  await desk.giveBack("10.00");
  await desk.sees("Nothing was given back.");
  await desk.finaliseDraft();
  await desk.openFrameWindow();
  await desk.payInFrame(MONERIS.declined);
  await desk.sees(/declined/);
  await desk.leave();
}

/** What is there only with Moneris. The last one leaves a payment in doubt behind. */
const MONERIS_PAGES = {
  owner: [
    ["Billing Settings with Moneris in use", (visit) => visit.open(`/d/${OFFICE}/settings`)],
    ["a refused store", (visit) => visit.saveTestStore()],
    ["a payment with refunds", (visit) => visit.openPayment("Paid")],
    ["a refused refund", (visit) => visit.openPayment("Paid").then(() => visit.giveBack("0"))],
  ],
  deskA: [
    ["payments", (visit) => visit.open(`/d/${OFFICE}/payments`)],
    ["the payment window with the frame", (visit) => visit.openFrameWindow()],
    ["the frame after a wrong card", (visit) => visit.payWrongCard()],
    ["a payment in doubt", (visit) => visit.leaveInDoubt()],
    ["the window of a payment in doubt", (visit) => visit.openInDoubt()],
    ["what is known of a payment in doubt", (visit) => visit.openPayment()],
  ],
};

/** The clinic on Moneris's own payment page. */
const CHECKOUT_PAGES = { deskA: [["Moneris’s payment page", (visit) => visit.openCheckout()]] };

async function everyPage(clinic, options, look, ofEach = PAGES) {
  for (const [person, pages] of Object.entries(ofEach)) {
    const visit = await clinic.visit(person === "nobody" ? undefined : person, options);
    // Some of these pages are refusals.
    visit.tolerate(/^(404|409|422): /);
    for (const [what, go] of pages) {
      await go(visit);
      assert.equal(await visit.page.getByRole("heading", { level: 1 }).count(), 1, `${what} has one heading of the first level`);
      await look(visit, what);
    }
    await visit.leave();
  }
}

for (const language of ["en", "fr"]) {
  for (const dark of [false, true]) {
    story(`nothing stands in the way of a reader: ${language}, ${dark ? "dark" : "light"}`, async (clinic) => {
      await furnish(clinic);
      await everyPage(clinic, { language, dark }, async (visit, what) => {
        assert.equal(await visit.page.locator("html").getAttribute("lang"), `${language}-CA`);
        await visit.assertAccessible(what);
      });
    });
  }
}

for (const language of ["en", "fr"]) {
  for (const dark of [false, true]) {
    const how = `${language}, ${dark ? "dark" : "light"}`;
    story(`nothing stands in the way of a reader where cards go to Moneris: ${how}`, async (clinic) => {
      await furnishWithMoneris(clinic);
      await everyPage(clinic, { language, dark }, (visit, what) => visit.assertAccessible(what), MONERIS_PAGES);
    });
    story(`nothing stands in the way of a reader of Moneris’s payment page: ${how}`, async (clinic) => {
      await clinic.connectMoneris({ checkout: true });
      await everyPage(clinic, { language, dark }, (visit, what) => visit.assertAccessible(what), CHECKOUT_PAGES);
    });
  }
  story(`no page scrolls to the side on a telephone where cards go to Moneris: ${language}`, async (clinic) => {
    await furnishWithMoneris(clinic);
    await everyPage(clinic, { language, width: 360, height: 740 }, (visit, what) => visit.assertNoSideways(what), MONERIS_PAGES);
  });
}

for (const language of ["en", "fr"]) {
  story(`no page scrolls to the side on a telephone: ${language}`, async (clinic) => {
    await furnish(clinic);
    await everyPage(clinic, { language, width: 360, height: 740 }, (visit, what) => visit.assertNoSideways(what));
  });
}

story("the language is chosen on the page and stays chosen", async (clinic) => {
  const visit = await clinic.visit("deskA");
  await visit.open(`/d/${OFFICE}/transactions`);
  await visit.button("Français").click();
  await visit.heading("Transactions").waitFor();
  assert.equal(await visit.page.locator("html").getAttribute("lang"), "fr-CA");
  await visit.open("/dispensaries");
  await visit.heading("Dispensaires").waitFor();
});
