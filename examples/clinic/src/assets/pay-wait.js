// A window opened on a payment whose outcome is not known yet: it waits with the person, and shows the invoice once it is known.

import { outcome } from "./pay-window.js";

const place = globalThis.document?.querySelector("#pay-wait");
if (place) wait(place);

async function wait(place) {
  // What is already there when a page loads is not read out; what comes is.
  place.textContent = place.dataset.sayWaiting;
  const { state, next, error } = await outcome(place.dataset.state);
  place.textContent = state === "succeeded" ? place.dataset.sayPaid : (error?.message ?? "");
  if (next) location.assign(next);
}
