// The payment window with Moneris's own payment page. The card is typed there and paid there; what that page calls back with proves
// nothing, so after any word of it the clinic asks Moneris's server.

import { afterSettle, windowOf } from "./pay-window.js";

/** The words of the page after which it has nothing more to do here. */
const ENDINGS = ["cancel_transaction", "error_event", "payment_complete", "payment_receipt"];

const PLACE = "moneris-checkout";

const form = globalThis.document?.querySelector("#pay");
if (form) open(form);

function open(form) {
  const { dataset, progress, say, post, sendRequest, begin } = windowOf(form);
  if (typeof globalThis.monerisCheckout !== "function") return say(dataset.sayNotLoaded, true);

  /** Shows the page until it says that it is done, however it ended. */
  function show({ mode, ticket }) {
    return new Promise((resolve) => {
      const checkout = new globalThis.monerisCheckout();
      const end = () => {
        checkout.closeCheckout(ticket);
        resolve();
      };
      checkout.setMode(mode);
      checkout.setCheckoutDiv(PLACE);
      for (const ending of ENDINGS) checkout.setCallback(ending, end);
      checkout.startCheckout(ticket);
    });
  }

  begin(async () => {
    const sent = await sendRequest();
    if (!sent.handover) return sent;
    progress.textContent = dataset.sayPage;
    await show(sent.handover);
    progress.textContent = dataset.saySettling;
    return afterSettle(await post(dataset.settle, {}));
  });
}
