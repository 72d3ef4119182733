// Draws the pictures in docs/images from the clinic as it is built: `node screenshots.mjs`.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { AUTHENTICATE, DECLINED, MONERIS, VISA } from "./cards.mjs";
import { Clinic, launchBrowser } from "./clinic.mjs";
import { OFFICE } from "./visit.mjs";

const IMAGES = fileURLToPath(new URL("../../../docs/images/", import.meta.url));

const WIDE = { width: 1280, height: 960 };
const NARROW = { width: 360, height: 800 };

async function shoot(visit, name) {
  // No field blinks and nothing is held down in a picture.
  await visit.page.mouse.move(0, 0);
  await visit.page.screenshot({ path: `${IMAGES}${name}.png`, animations: "disabled", caret: "hide" });
}

const browser = await launchBrowser();
const clinic = await Clinic.open(browser);
try {
  await mkdir(IMAGES, { recursive: true });
  const owner = await clinic.visit("owner", WIDE);
  const desk = await clinic.visit("deskA", WIDE);
  // Moneris first: once Stripe's keys are saved, cards go there.
  await clinic.connectMoneris();
  await desk.finaliseDraft();
  await desk.openFrameWindow();
  await desk.typeInFrame(MONERIS.visa);
  await desk.inFrame("cvc").blur();
  await shoot(desk, "payment-window-moneris");
  await desk.payInFrame(MONERIS.visa);
  await desk.sees("The payment is made.");
  await desk.openPayment();
  const paidWithMoneris = desk.page.url();

  await owner.open(`/d/${OFFICE}/settings`);
  await owner.saveKeys();
  await owner.sees("The keys are saved.");
  await owner.open(`/d/${OFFICE}/settings`);
  await shoot(owner, "settings");

  await desk.openPaymentWindow();
  await desk.typeCard(VISA);
  await shoot(desk, "payment-window");
  await desk.pay(VISA);
  await desk.sees("The payment is made.");

  await desk.saveInvoice();
  await desk.finaliseDraft();
  await desk.openPaymentWindow();
  await desk.pay(AUTHENTICATE);
  await desk.bank().getByRole("button", { name: "Complete authentication" }).waitFor();
  await shoot(desk, "three-d-secure");
  await desk.bank().getByRole("button", { name: "Fail authentication" }).click();
  await desk.sees("Your bank could not confirm that it is you.");

  await desk.saveInvoice();
  await desk.open(`/d/${OFFICE}/transactions`);
  await shoot(desk, "transactions");

  // What Moneris took goes back from Moneris, though Stripe is in use by now.
  await desk.page.goto(paidWithMoneris);
  await desk.giveBack("20.00");
  await desk.sees("The money was given back.");
  await desk.heading("Refunds").evaluate((heading) => heading.scrollIntoView());
  await shoot(desk, "refund");

  const phone = await clinic.visit("deskA", { ...NARROW, language: "fr", dark: true });
  await phone.openPaymentWindow();
  await phone.pay(DECLINED);
  await phone.sees(/refusé/);
  await shoot(phone, "payment-window-mobile");
} finally {
  await clinic.close();
  await browser.close();
}
