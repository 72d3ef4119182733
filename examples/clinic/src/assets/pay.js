// The payment window in the browser. What is typed about the card goes into Stripe's own frames and from there to Stripe;
// this script never sees it. It asks the clinic for a hand-over, lets Stripe.js confirm it, and asks the clinic how it ended:
// the clinic's word counts, never Stripe.js's.

import { afterSettle, mark, windowOf } from "./pay-window.js";

/**
 * After Stripe.js: ask the clinic, whatever Stripe.js says. The one exception is a card that was not sent at all, because
 * something typed is not complete (https://docs.stripe.com/api/errors, `validation_error`).
 */
export function afterConfirm({ error }) {
  return error?.type === "validation_error" ? { say: error.message } : { settle: true };
}

const BRANDS = {
  amex: "American Express",
  diners: "Diners Club",
  discover: "Discover",
  jcb: "JCB",
  mastercard: "Mastercard",
  unionpay: "UnionPay",
  visa: "Visa",
};

/** What people call a brand; nothing while it is not known. */
export function brandName(brand) {
  return BRANDS[brand] ?? "";
}

const form = globalThis.document?.querySelector("#pay");
if (form) open(form);

function open(form) {
  const { part, dataset, progress, say, post, sendRequest, begin } = windowOf(form);
  const [cardholder, postalCode] = ["cardholder-name", "postal-code"].map(part);

  if (typeof globalThis.Stripe !== "function") return say(dataset.sayNotLoaded, true);
  const stripe = globalThis.Stripe(dataset.publishableKey, { locale: dataset.locale });
  const card = drawCard(stripe, dataset, part, () => say(dataset.sayNotLoaded, true));

  /** The first field that is not filled in, told so; nothing if all are. */
  function missing() {
    const name = { isComplete: cardholder.value.trim() !== "", focus: () => cardholder.focus() };
    mark(part("cardholder-name-error"), name.isComplete ? "" : dataset.sayName);
    cardholder.setAttribute("aria-invalid", String(!name.isComplete));
    for (const field of card.fields) if (!field.isComplete) field.complain();
    return [name, ...card.fields].find((field) => !field.isComplete);
  }

  async function pay() {
    const sent = await sendRequest();
    if (!sent.handover) return sent;

    progress.textContent = dataset.sayAsking;
    const confirmed = afterConfirm(
      await stripe.confirmCardPayment(sent.handover.client_secret, {
        payment_method: {
          card: card.number,
          billing_details: billingDetails(cardholder.value, postalCode.value),
        },
      }),
    );
    if (!confirmed.settle) return confirmed;

    progress.textContent = dataset.saySettling;
    return afterSettle(await post(dataset.settle, {}));
  }

  begin(pay, missing);
}

/** Stripe's three fields in their places, each with its error below. */
function drawCard(stripe, dataset, part, onLoadError) {
  const elements = stripe.elements();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const draw = (type, id, saysWhenMissing, options = {}) => {
    const element = elements.create(type, { style: style(), ...options });
    const error = part(`${id}-error`);
    const field = {
      element,
      isComplete: false,
      focus: () => element.focus(),
      complain: () => error.hidden && mark(error, saysWhenMissing),
    };
    element.mount(`#${id}`);
    element.on("change", (event) => {
      field.isComplete = event.complete;
      mark(error, event.error?.message ?? "");
      if (type === "cardNumber") part("card-brand").textContent = brandName(event.brand);
    });
    element.on("loaderror", onLoadError);
    dark.addEventListener("change", () => element.update({ style: style() }));
    return field;
  };
  const fields = [
    // The brand's mark stands where the number has room for it; its name is always shown.
    draw("cardNumber", "card-number", dataset.sayNumber, { showIcon: matchMedia("(min-width: 30rem)").matches }),
    draw("cardExpiry", "card-expiry", dataset.sayExpiry),
    draw("cardCvc", "card-security-code", dataset.saySecurityCode),
  ];
  return { fields, number: fields[0].element };
}

/** The colours of the page, for frames that cannot read its style sheet. */
function style() {
  const palette = getComputedStyle(document.documentElement);
  const colour = (name) => palette.getPropertyValue(`--${name}`).trim();
  return {
    base: {
      color: colour("ink"),
      fontSize: "16px",
      iconColor: colour("accent"),
      "::placeholder": { color: colour("quiet") },
    },
    invalid: { color: colour("bad"), iconColor: colour("bad") },
  };
}

function billingDetails(name, postalCode) {
  const typed = postalCode.trim();
  return { name: name.trim(), ...(typed && { address: { postal_code: typed } }) };
}
