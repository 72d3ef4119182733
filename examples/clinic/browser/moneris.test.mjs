// The payment window with Moneris's card frame, with one person in front of it.

import assert from "node:assert/strict";

import { MONERIS } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

const TOTAL = 12_345;
const PAID_ONCE = [{ taken: TOTAL, back: 0, charges: 1 }];

/** A test in which a Moneris store is saved and front desk A has the payment window open. */
function atTheFrame(name, tell, options) {
  story(name, async (clinic) => {
    await clinic.connectMoneris();
    const desk = await clinic.visit("deskA", options);
    await desk.openFrameWindow();
    await tell(desk, clinic);
  });
}

/** The tokens that came to the clinic. */
const tokens = (desk) => desk.toClinic(/\/charge$/).map(({ body }) => new URLSearchParams(body).get("token"));

atTheFrame("total, payer and the frame's fields stand in the order in which they are filled in", async (desk) => {
  const text = await desk.page.getByRole("main").innerText();
  const places = ["Total", "Billing full name", "Zoé O’Brien", "Type the card below"].map((label) => text.indexOf(label));
  assert.ok(places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1])), `${places}\n${text}`);
  const labels = await desk.page.frameLocator("#card-frame").locator("label").allInnerTexts();
  assert.deepEqual(labels, ["Card number", "Expiry (MMYY)", "Security code (CVC)"]);
});

atTheFrame("the page may frame exactly the stand-in's origin, and load nothing else", async (desk) => {
  const policy = (await desk.page.reload()).headers()["content-security-policy"];
  const origin = new URL(await desk.page.locator("#card-frame").getAttribute("src")).origin;
  assert.notEqual(origin, desk.clinic.url);
  assert.match(policy, new RegExp(`frame-src ${origin};`));
  assert.match(policy, /script-src 'self';/);
  assert.match(policy, /connect-src 'self';/);
});

atTheFrame("a card pays once: the clinic gets one token and never the card, and the token is in no address", async (desk, clinic) => {
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
  desk.assertNoCardCameHere();
  const [token, ...more] = tokens(desk);
  assert.deepEqual(more, []);
  assert.match(token, /^ot-/);
  assert.ok(!desk.requests.some(({ url }) => url.includes(token)), "no address has it");
  const kept = await desk.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!kept.includes(token), "and no storage");
  const names = desk.toClinic(/charge$/).map(({ body }) => [...new URLSearchParams(body).keys()]);
  assert.deepEqual(names, [["csrf", "reference", "token"]]);
  await desk.openPayment();
  await desk.sees(/4242/);
  await desk.sees("Number for receipts");
});

atTheFrame("after a refused card another one pays in the same payment, with a new order and a new token", async (desk, clinic) => {
  await desk.payInFrame(MONERIS.declined);
  await desk.sees(/declined/);
  assert.equal(await desk.button("Send Request").isEnabled(), true);
  await desk.payInFrame(MONERIS.mastercard);
  await desk.sees("The payment is made.");
  assert.deepEqual((await clinic.orders()).map(({ charges }) => charges), [0, 1]);
  assert.equal(new Set(tokens(desk)).size, 2);
  await desk.open(`/d/${OFFICE}/payments`);
  assert.equal(await desk.page.getByRole("row").count(), 2, "one payment, under the head of the table");
});

atTheFrame("a card reported lost is not told to whoever stands at the desk", async (desk) => {
  await desk.payInFrame(MONERIS.lost);
  await desk.sees(/declined/);
  assert.doesNotMatch(await desk.page.getByRole("main").innerText(), /lost|stolen/i);
});

atTheFrame("what is wrong with the card is told at the card, and nothing is charged", async (desk, clinic) => {
  await desk.payInFrame(MONERIS.wrongDigit, { expiry: "0101", cvc: "1" });
  for (const text of ["Enter the whole card number.", "Enter the expiry date", "Enter the security code"]) {
    await desk.page.locator("#card-error").getByText(text).waitFor();
  }
  await desk.sees(/Nothing was charged/);
  assert.deepEqual([tokens(desk), await clinic.orders()], [[], []]);
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atTheFrame("Send Request pressed twice asks for one token and charges once", async (desk, clinic) => {
  await desk.typeInFrame(MONERIS.visa);
  await desk.button("Send Request").dblclick();
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
  const asked = desk.requests.filter(({ url }) => url.endsWith("/HPPtoken/token"));
  assert.deepEqual([desk.toClinic(/send-request$/).length, asked.length, tokens(desk).length], [1, 1, 1]);
});

atTheFrame("an answer that another page makes up is not listened to", async (desk, clinic) => {
  const forged = { responseCode: ["001"], dataKey: "ot-forged-0000000000000000000", bin: "424242" };
  // The frame takes its time, so that the forger is first.
  await desk.context.route(/\/HPPtoken\/token$/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  // From the page's own origin, and from the processor's origin but another frame than the window's.
  await desk.page.evaluate(() => {
    const other = document.createElement("iframe");
    other.id = "other";
    other.title = "other";
    other.src = document.querySelector("#card-frame").src;
    document.body.append(other);
  });
  const other = desk.page.frameLocator("#other").locator("body");
  await other.waitFor();
  await other.evaluate((_, said) => setInterval(() => parent.postMessage(said, "*"), 10), JSON.stringify(forged));
  await desk.page.evaluate((said) => setInterval(() => window.postMessage(said, "*"), 10), JSON.stringify(forged));
  // And what is no answer at all, from the frame itself.
  const own = desk.page.frameLocator("#card-frame").locator("body");
  await own.evaluate(() => {
    for (const said of ["", "{", "null", "[]", "{}", '{"responseCode":[]}', 7, null]) {
      setInterval(() => parent.postMessage(said, "*"), 10);
    }
  });
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.equal(tokens(desk).length, 1);
  assert.ok(!tokens(desk).includes(forged.dataKey));
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atTheFrame("a window that was closed is opened again and goes on with the same payment", async (desk, clinic) => {
  await desk.payInFrame(MONERIS.wrongDigit);
  await desk.sees("Enter the whole card number.");
  await desk.link("Close").click();
  await desk.openFrameWindow();
  await desk.sees(/This payment was begun before/);
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atTheFrame("an open payment is cancelled from its window, and the invoice can be paid anew", async (desk, clinic) => {
  await desk.payInFrame(MONERIS.wrongDigit);
  await desk.sees("Enter the whole card number.");
  await desk.openFrameWindow();
  await desk.button("Cancel payment").click();
  await desk.sees("The payment is cancelled. Nothing was charged.");
  await desk.openFrameWindow();
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atTheFrame("a charge whose answer does not come back is found out, and not repeated", async (desk, clinic) => {
  desk.expect(/^failed: .*\/charge/, /^console: .*net::ERR_/);
  await desk.context.route(/\/charge$/, async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atTheFrame("a server killed with a payment open comes back, and the payment is finished once", async (desk, clinic) => {
  await desk.payInFrame(MONERIS.wrongDigit);
  await desk.sees("Enter the whole card number.");
  await clinic.stop("SIGKILL");
  await clinic.start();
  await desk.page.reload();
  await desk.sees(/This payment was begun before/);
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), PAID_ONCE);
});

atTheFrame(
  "the window and the frame's labels speak French to whoever reads French",
  async (desk) => {
    await desk.sees("Nom complet de facturation");
    await desk.payInFrame(MONERIS.wrongDigit);
    await desk.sees("Entrez le numéro de carte complet.");
    await desk.payInFrame(MONERIS.declined);
    await desk.sees(/refusé/);
    await desk.payInFrame(MONERIS.visa);
    await desk.sees("Le paiement est fait.");
  },
  { language: "fr" },
);

story("a store that Moneris publishes for tests is refused by name, and nothing is saved", async (clinic) => {
  const owner = await clinic.visit("owner");
  owner.expect(/^422: POST .*\/settings\/moneris\/keys$/);
  await owner.open(`/d/${OFFICE}/settings`);
  await owner.saveStore({ store: "store5", token: "yesguy" });
  await owner.sees(/Store id .*test/);
  await owner.sees(/API token .*test/);
  assert.ok(!(await owner.page.content()).includes("yesguy"), "a secret that was typed is not shown again");
  await owner.open(`/d/${OFFICE}/settings`);
  await owner.pane("Moneris").getByText("No keys saved").waitFor();
});

story("a store with a wrong token is refused by Moneris, and a saved token is never shown again", async (clinic) => {
  const owner = await clinic.visit("owner");
  owner.expect(/^4\d\d: POST .*\/settings\/moneris\/keys$/);
  await owner.open(`/d/${OFFICE}/settings`);
  await owner.saveStore({ token: "aW4mQ8xL2v90" });
  await owner.sees(/The processor does not know these keys/);
  await owner.open(`/d/${OFFICE}/settings`);
  const { token } = await owner.offeredStore();
  await owner.open(`/d/${OFFICE}/settings`);
  await owner.saveStore();
  await owner.sees("The keys are saved.");
  await owner.sees("In use: card payments go here");
  assert.ok(!(await owner.pane("Moneris").innerText()).includes(token), "the pane does not show the saved token");
});
