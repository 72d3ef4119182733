// Somebody at a browser of their own: what they do, in the words that are on the page, and everything their browser complained of.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

import { AUTHENTICATE, DECLINED, MONERIS, REFUSED } from "./cards.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Chromium says this of every answer of 400 and above; the answer itself is complained of already. */
const SAID_TWICE = /^Failed to load resource: the server responded with a status of \d+/;

/** Of a request that was still under way when its page was left: nothing failed, nobody waits for it any more. */
const LEFT_BEHIND = "net::ERR_ABORTED";

export const OFFICE = "01930000-0000-7000-8000-000000000001";
export const PERSONAL = "01930000-0000-7000-8000-000000000002";

const STATES = { Draft: /Draft|Brouillon/, Paid: /Paid|Payée?/ };

const PEOPLE = {
  deskA: { en: /Front desk A/, fr: /Réception A/ },
  deskB: { en: /Front desk B/, fr: /Réception B/ },
  helpCentre: { en: /Help centre/, fr: /Centre d’assistance/ },
  owner: { en: /Practice owner/, fr: /Propriétaire de la clinique/ },
};

/** The processor's frames, by their titles in both languages. */
const FRAMES = {
  number: ["Secure card number field", "Champ sécurisé du numéro de carte"],
  expiry: ["Secure expiry date field", "Champ sécurisé de la date d’expiration"],
  cvc: ["Secure security code field", "Champ sécurisé du code de sécurité"],
  bank: ["Bank authentication", "Authentification bancaire"],
};

const IN_DOUBT = /its outcome is being asked|son issue est en train d’être demandée/;

/** The fields of Moneris's frame, by their labels in both languages. */
const FRAME_FIELDS = {
  number: /Card number|Numéro de carte/,
  expiry: /Expiry|Date d’expiration/,
  cvc: /Security code|Code de sécurité/,
};

const TRANSACTIONS = `/d/${OFFICE}/transactions`;

export class Visit {
  #complaints = [];
  #expected = [];
  #tolerated = [];

  /** Every request of this browser, whoever it went to: `{ url, method, body, headers }`. */
  requests = [];

  /** Every card number this person typed. */
  cards = [];

  constructor(clinic, context, page) {
    this.clinic = clinic;
    this.context = context;
    this.page = page;
  }

  /** Begins to listen: before the first page, so that nothing is missed. */
  async watch() {
    const { context } = this;
    context.on("request", (request) =>
      this.requests.push({
        url: request.url(),
        method: request.method(),
        body: request.postData() ?? "",
        headers: request.headers(),
      }),
    );
    context.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      if (why !== LEFT_BEHIND) this.#complain(`failed: ${request.url()} ${why}`);
    });
    context.on("response", (response) => {
      if (response.status() >= 400) this.#complain(`${response.status()}: ${response.request().method()} ${response.url()}`);
    });
    context.on("console", (message) => {
      const loud = message.type() === "error" || message.type() === "warning";
      if (loud && !SAID_TWICE.test(message.text())) this.#complain(`console: ${message.text()}`);
    });
    context.on("weberror", (error) => this.#complain(`script: ${error.error().stack}`));
    await context.exposeBinding("complain", (_, text) => this.#complain(text));
    await context.addInitScript(() =>
      document.addEventListener("securitypolicyviolation", (breach) =>
        window.complain(`policy: ${breach.effectiveDirective} forbids ${breach.blockedURI || breach.sample} on ${breach.documentURI}`),
      ),
    );
  }

  async signIn(person, language) {
    await this.page.goto(`${this.clinic.url}/sign-in`);
    await this.button(PEOPLE[person][language]).click();
    await this.page.getByRole("button", { name: /sign out|fermer la session/i }).waitFor();
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  link(name) {
    return this.page.getByRole("link", { name });
  }

  heading(name) {
    return this.page.getByRole("heading", { name });
  }

  /** Waits until the page says this, where anybody sees it. */
  async sees(text) {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  async open(path) {
    await this.page.goto(`${this.clinic.url}${path}`);
  }

  /** Copies the stand-in's keys from the page and saves them, as a visitor of the demo does. */
  async saveKeys({ publishable, secret } = {}) {
    const offered = await this.offeredKeys();
    const pane = this.pane("Stripe");
    await pane.getByLabel(/publishable key|clé publiable/i).fill(publishable ?? offered.publishable);
    await pane.getByLabel(/secret key|clé secrète/i).fill(secret ?? offered.secret);
    await pane.getByRole("button", { name: /save the keys|enregistrer les clés/i }).click();
  }

  /** The keys the page offers; it is open at Billing Settings. */
  async offeredKeys() {
    const text = (await this.#offered("Stripe")).join(" ");
    return { publishable: /pk_live_\w+/.exec(text)[0], secret: /sk_live_\w+/.exec(text)[0] };
  }

  /** The same of Moneris. */
  async offeredStore() {
    const [store, token, profile, checkout] = await this.#offered("Moneris");
    return { store, token, profile, checkout };
  }

  /** What there is to copy in a pane. */
  async #offered(processor) {
    const keys = this.pane(processor).getByRole("group").filter({ hasText: /Keys of the stand-in|Clés du simulateur/ });
    await keys.getByText(/Keys of the stand-in|Clés du simulateur/).click();
    return keys.getByRole("definition").allInnerTexts();
  }

  /** Copies the stand-in's store from the page and saves it: with its card fields, or with Moneris's own page. */
  async saveStore({ checkout = false, ...instead } = {}) {
    const offered = await this.offeredStore();
    const pane = this.pane("Moneris");
    await pane.getByLabel(/store id|identifiant de magasin/i).fill(instead.store ?? offered.store);
    await pane.getByLabel(/api token|jeton d’api/i).fill(instead.token ?? offered.token);
    await pane.getByLabel(/profile id|profil de jetonisation/i).fill(instead.profile ?? offered.profile);
    if (checkout) await pane.getByLabel(/checkout/i).fill(offered.checkout);
    await pane.getByRole("button", { name: /save the keys|enregistrer les clés/i }).click();
  }

  /** A processor's pane at Billing Settings. */
  pane(processor) {
    return this.page.getByRole("region", { name: processor });
  }

  async removeAccount(processor = "Stripe") {
    const pane = this.pane(processor);
    await pane.getByText("Remove the account").first().click();
    await pane.getByLabel("Yes, remove it").check();
    await pane.getByRole("button", { name: "Remove the account" }).click();
  }

  /** The way to the payment window on the page of transactions. */
  payLink() {
    return this.link(/^(Pay|Continue|Payer|Continuer)\b/).first();
  }

  /** A card that is refused: after it the payment is open. */
  async declineOnce() {
    await this.pay(DECLINED);
    await this.sees(/declined|refusé/);
  }

  /** A card whose bank asks first: its question is open after this. */
  async askTheBank() {
    await this.pay(AUTHENTICATE);
    await this.bank().getByRole("button", { name: /Complete authentication|Réussir l’authentification/ }).waitFor();
  }

  /** The bank's question, in the processor's frame. */
  bank() {
    return this.frame("bank");
  }

  frame(which) {
    return this.page.frameLocator(FRAMES[which].map((title) => `iframe[title="${title}"]`).join(", "));
  }

  /** The newest payment, as staff see it; the newest with this state, if one is named. */
  async openPayment(state) {
    await this.open(`/d/${OFFICE}/payments`);
    const rows = this.page.getByRole("main").getByRole("row").filter({ has: this.page.getByRole("link") });
    await rows.filter(state ? { hasText: STATES[state] } : {}).first().getByRole("link").click();
  }

  /** The draft that the clinic begins with gets its number. */
  async finaliseDraft() {
    await this.openInvoice("Draft");
    await this.button("Finalise").click();
    await this.sees("The invoice is finalised and can be paid.");
  }

  /** The first invoice with this state. */
  async openInvoice(state) {
    await this.open(TRANSACTIONS);
    const row = this.page.getByRole("row").filter({ hasText: STATES[state] });
    await row.first().getByRole("link").first().click();
  }

  async editDraft() {
    await this.openInvoice("Draft");
    await this.link(/^(Edit|Modifier)$/).click();
  }

  /** A new draft with a price that is none: it is refused and shown again. */
  async saveWrongInvoice() {
    await this.writeInvoice({ price: "abc" });
    await this.sees(/Please correct what is marked|Veuillez corriger ce qui est indiqué/);
  }

  async saveInvoice() {
    await this.writeInvoice({ price: "95.00" });
    await this.sees("The draft is saved.");
  }

  async writeInvoice({ price }) {
    await this.open(`/d/${OFFICE}/invoices/new`);
    const { page } = this;
    await page.getByLabel(/^(Billing full name|Nom complet de facturation)/).fill("Robin Roy");
    await page.getByLabel(/^(Patient reference|Référence du patient)/).fill("patient-2093");
    const line = page.getByRole("group", { name: /^(Line|Ligne) 1/ });
    await line.getByLabel(/^Description/).fill("Initial visit");
    await line.getByLabel(/^(Quantity|Quantité)/).fill("1");
    await line.getByLabel(/^(Unit price|Prix unitaire)/).fill(price);
    await line.getByLabel(/^(Tax|Taxe)/).selectOption("exempt");
    await this.button(/^(Save the draft|Enregistrer le brouillon)$/).click();
  }

  /** The payment window of an invoice that somebody else is taking the payment of. */
  async openInProgress() {
    await this.open(TRANSACTIONS);
    await this.payLink().click();
    await this.heading(/A payment is in progress|Un paiement est en cours/).waitFor();
  }

  async saveTestKeys() {
    await this.open(`/d/${OFFICE}/settings`);
    await this.saveKeys({ publishable: "pk_test_51abcdefghijklmnop", secret: "sk_test_51qrstuvwxyzabcdef" });
    await this.sees(/pk_test/);
  }

  /** A store that Moneris publishes for tests: it is refused. */
  async saveTestStore() {
    await this.open(`/d/${OFFICE}/settings`);
    await this.saveStore({ store: "store5", token: "yesguy" });
    await this.sees(/Please correct what is marked|Veuillez corriger ce qui est indiqué/);
  }

  /** The window with Moneris's frame after a card with a wrong digit. */
  async payWrongCard() {
    await this.openFrameWindow();
    await this.payInFrame(MONERIS.wrongDigit);
    await this.page.locator("#card-error").filter({ visible: true }).waitFor();
  }

  /** A card whose charge nobody knows the outcome of: the window says so. */
  async leaveInDoubt() {
    await this.openFrameWindow();
    await this.payInFrame(MONERIS.timesOut);
    await this.sees(IN_DOUBT);
  }

  /** The window of a payment whose outcome is being asked. */
  async openInDoubt() {
    await this.open(TRANSACTIONS);
    await this.payLink().click();
    await this.sees(IN_DOUBT);
  }

  /** Loads the page again and again until it says so. The test's own deadline ends it. */
  async reloadUntil(text) {
    while ((await this.page.getByText(text, { exact: true }).count()) === 0) await this.page.reload();
  }

  /** Opens the payment window of the one invoice that is to be paid. */
  async openPaymentWindow() {
    await this.open(TRANSACTIONS);
    await this.payLink().click();
    await this.cardField("number").waitFor();
  }

  /** Opens the window with Moneris's card frame in it. */
  async openFrameWindow() {
    await this.open(TRANSACTIONS);
    await this.payLink().click();
    await this.inFrame("number").waitFor();
  }

  /** A field of Moneris's frame. */
  inFrame(which) {
    return this.page.frameLocator("#card-frame").getByRole("textbox", { name: FRAME_FIELDS[which] });
  }

  /** Types the card into Moneris's frame and presses Send Request. */
  async payInFrame(number, { expiry = "1234", cvc = "123" } = {}) {
    await this.typeInFrame(number, { expiry, cvc });
    await this.button(/Send Request|Envoyer la demande/).click();
  }

  async typeInFrame(number, { expiry = "1234", cvc = "123" } = {}) {
    this.cards.push(number);
    await this.inFrame("number").fill(number);
    await this.inFrame("expiry").fill(expiry);
    await this.inFrame("cvc").fill(cvc);
  }

  /** Opens the window with Moneris's own page, and that page in it. */
  async openCheckout() {
    await this.open(TRANSACTIONS);
    await this.payLink().click();
    await this.button(/Send Request|Envoyer la demande/).click();
    await this.checkoutPage().getByRole("textbox").first().waitFor();
  }

  /** Moneris's own payment page, where only it can look. */
  checkoutPage() {
    return this.page.frameLocator("#moneris-checkout iframe");
  }

  /** Types the card into Moneris's own page and pays there. */
  async payInCheckout(number) {
    this.cards.push(number);
    const fields = this.checkoutPage().getByRole("textbox");
    for (const [place, text] of ["Robin Roy", number, "1234", "123"].entries()) await fields.nth(place).fill(text);
    await this.checkoutPage().getByRole("button").first().click();
  }

  /** Gives back so much of the payment that is shown; all that is left, if nothing is said. */
  async giveBack(amount) {
    if (amount !== undefined) await this.page.getByLabel(/Amount to give back|Montant à rembourser/).fill(amount);
    await this.button(/^(Give back|Rembourser)$/).click();
  }

  /** A field of the processor's: in its own frame, where only it can look. */
  cardField(which) {
    return this.frame(which).getByRole("textbox");
  }

  async typeCard(number, { expiry = "12/34", cvc = "123" } = {}) {
    this.cards.push(number);
    await this.cardField("number").fill(number);
    await this.cardField("expiry").fill(expiry);
    await this.cardField("cvc").fill(cvc);
  }

  /** Types the card and presses Send Request. */
  async pay(number) {
    // Stripe answers so when a card is refused (https://docs.stripe.com/api/errors).
    if (REFUSED.includes(number)) this.expect(/^402: POST .*\/confirm$/);
    await this.typeCard(number);
    await this.button(/Send Request|Envoyer la demande/).click();
  }

  #complain(text) {
    this.#complaints.push(text);
  }

  /** What the next steps make the browser complain of, on purpose. One that then does not come is a failure as well. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** What this person's steps may make the browser complain of. */
  tolerate(...patterns) {
    this.#tolerated.push(...patterns);
  }

  unexpected() {
    const came = (pattern) => this.#complaints.some((text) => pattern.test(text));
    const missing = this.#expected.filter((pattern) => !came(pattern)).map((pattern) => `did not come: ${pattern}`);
    const known = [...this.#expected, ...this.#tolerated];
    return [...this.#complaints.filter((text) => !known.some((pattern) => pattern.test(text))), ...missing];
  }

  async leave() {
    await this.context.close();
  }

  /** The requests that went to the clinic itself. */
  toClinic(path = /./) {
    return this.requests.filter(({ url }) => url.startsWith(this.clinic.url) && path.test(new URL(url).pathname));
  }

  /** No request to the clinic has a number that was typed, however it is spelled; the processor's origin did get it. */
  assertNoCardCameHere() {
    assert.ok(this.cards.length > 0, "a card was typed");
    const digits = ({ url, body, headers }) => [url, body, JSON.stringify(headers)].map((text) => text.replace(/\D/g, ""));
    const has = (request, card) => digits(request).some((text) => text.includes(card));
    for (const card of this.cards) {
      assert.ok(this.requests.some((request) => has(request, card)), "the number is seen where it should go");
      const here = this.toClinic().filter((request) => has(request, card));
      assert.deepEqual(here, [], "no card number comes to the clinic");
    }
  }

  /** Everything axe knows about accessibility, on this page and in all its frames. */
  async assertAccessible(what) {
    for (const frame of this.page.frames()) {
      await standOnGround(frame);
      await frame.evaluate(AXE);
      await frame.evaluate(() => window.axe.configure({ allowedOrigins: ["<unsafe_all_origins>"] }));
    }
    const { violations, incomplete } = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const told = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`) }));
    assert.deepEqual(told, [], `accessibility of ${what}`);
    assert.ok(!incomplete.some(({ id }) => id === "frame-tested"), `every frame of ${what} was looked at`);
  }

  /** Nothing to scroll to the side. */
  async assertNoSideways(what) {
    const [content, window_] = await this.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(content <= window_, `${what} is ${content} wide in a window of ${window_}`);
  }
}

/** A frame that lets its page shine through is given the page's colour: axe looks at each frame alone and would think it white. */
async function standOnGround(frame) {
  if (!frame.parentFrame()) return;
  const ground = await (await frame.frameElement()).evaluate((element) => {
    const colour = (of) => getComputedStyle(of).backgroundColor;
    while (element && colour(element) === "rgba(0, 0, 0, 0)") element = element.parentElement;
    return element && colour(element);
  });
  await frame.evaluate((ground) => {
    const isClear = [document.documentElement, document.body].every((part) => getComputedStyle(part).backgroundColor === "rgba(0, 0, 0, 0)");
    if (isClear && ground) document.documentElement.style.backgroundColor = ground;
  }, ground);
}
