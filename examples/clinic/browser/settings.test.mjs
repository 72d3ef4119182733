// Billing Settings: keys in, keys refused, locked, removed.

import assert from "node:assert/strict";

import { story } from "./story.mjs";
import { OFFICE, PERSONAL } from "./visit.mjs";

const SETTINGS = `/d/${OFFICE}/settings`;

story("the keys offered on the page are saved, and the secret one is never shown again", async (clinic) => {
  const owner = await clinic.visit("owner");
  await owner.open(SETTINGS);
  const { secret } = await owner.offeredKeys();
  await owner.open(SETTINGS);
  await owner.saveKeys();
  await owner.sees("The keys are saved.");
  await owner.sees("In use: card payments go here");
  const stripe = await owner.pane("Stripe").innerText();
  assert.ok(!stripe.includes(secret), "the pane does not show the saved key");
});

story("test keys are refused by name, with the cure, and nothing is saved", async (clinic) => {
  const owner = await clinic.visit("owner");
  owner.expect(/^422: POST .*\/settings\/stripe\/keys$/);
  await owner.open(SETTINGS);
  const [publishable, secret] = ["pk_test_51abcdefghijklmnop", "sk_test_51qrstuvwxyzabcdef"];
  await owner.saveKeys({ publishable, secret });
  await owner.sees(/Publishable key starts with pk_test.*live keys/);
  await owner.sees(/Secret key starts with sk_test.*live keys/);
  assert.ok(!(await owner.page.content()).includes(secret), "a secret that was typed is not shown again");
  await owner.open(SETTINGS);
  await owner.pane("Stripe").getByText("No keys saved").waitFor();
});

story("keys pasted the wrong way round are told apart", async (clinic) => {
  const owner = await clinic.visit("owner");
  owner.expect(/^422: POST .*\/settings\/stripe\/keys$/);
  await owner.open(SETTINGS);
  const { publishable, secret } = await owner.offeredKeys();
  await owner.open(SETTINGS);
  await owner.saveKeys({ publishable: secret, secret: publishable });
  await owner.sees(/Publishable key .*are the two keys swapped\?/);
  await owner.sees(/Secret key .*are the two keys swapped\?/);
  // It is in the place for the public one, and a secret all the same.
  const shown = await owner.pane("Stripe").locator("input").evaluateAll((inputs) => inputs.map((input) => input.value));
  assert.ok(!shown.includes(secret), "the secret key is not shown again");
  await owner.open(SETTINGS);
  await owner.pane("Stripe").getByText("No keys saved").waitFor();
});

story("where Stripe is locked, the help centre unlocks it and the keys can be saved", async (clinic) => {
  const owner = await clinic.visit("owner");
  await owner.open(`/d/${PERSONAL}/settings`);
  await owner.pane("Stripe").getByText("Locked: contact the help centre").waitFor();
  assert.equal(await owner.pane("Stripe").getByRole("textbox").count(), 0, "there is nowhere to paste keys");

  const help = await clinic.visit("helpCentre");
  await help.open("/help-centre");
  await help.page.getByRole("row", { name: /Practitioner’s own books/ }).getByRole("button", { name: /Unlock.*Stripe|Unlock/ }).first().click();
  await help.sees("The processor is unlocked.");

  await owner.page.reload();
  await owner.saveKeys();
  await owner.sees("The keys are saved.");
});

story("once the account is removed, the pane and the payment window say so", async (clinic) => {
  const owner = await clinic.visit("owner");
  await owner.open(SETTINGS);
  await owner.saveKeys();
  await owner.removeAccount();
  await owner.sees("The account is removed.");
  await owner.pane("Stripe").getByText("No keys saved").waitFor();
  const desk = await clinic.visit("deskA");
  desk.expect(/^409: GET .*\/pay$/);
  await desk.open(`/d/${OFFICE}/transactions`);
  await desk.payLink().click();
  await desk.heading("No card payment now").waitFor();
  await desk.sees(/No card processor is connected/);
});

story("a card form that is open when its account is removed takes no money", async (clinic) => {
  const owner = await clinic.visit("owner");
  await owner.open(SETTINGS);
  await owner.saveKeys();
  const desk = await clinic.visit("deskA");
  await desk.openPaymentWindow();
  await desk.declineOnce();
  await owner.removeAccount();
  await owner.sees("The account is removed.");
  desk.expect(/^409: GET .*\/pay$/);
  await desk.open(`/d/${OFFICE}/transactions`);
  await desk.payLink().click();
  await desk.heading("No card payment now").waitFor();
  assert.deepEqual(await clinic.captured(), [0]);
});
