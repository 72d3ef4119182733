// What every payment window does, whoever draws the card fields: it asks the clinic, says what came of it, and goes where the
// clinic leads. The clinic's word counts, never a processor's script's.

const REQUEST_MS_MAX = 60_000;

/** How long a window waits for the outcome of a charge: a little longer than the library can be asking. */
const WAIT_MS_MAX = 150_000;
const ASK_AGAIN_AFTER_MS = 2_000;

/** After Send Request: what the processor's fields need, another page, or what is wrong. */
export function afterSendRequest({ handover, known, error }) {
  if (handover) return { handover };
  if (known) return { go: known.next, waits: known.state === "unknown" };
  return { say: error?.message, reload: error?.reload === true };
}

/** After settling: a payment that still waits for a card, or was refused, stays in this window. */
export function afterSettle({ state, message, next, error }) {
  if (error) return { say: error.message, reload: error.reload === true };
  return state === "open" || state === "declined" ? { say: message } : { go: next, paid: state === "succeeded" };
}

/** A window's parts and voice. Everything it says stands in the form's data attributes, in the language of the page. */
export function windowOf(form) {
  const part = (id) => form.querySelector(`#${id}`);
  const { dataset } = form;
  const [button, alert, progress, reload] =
    ["send-request", "pay-alert", "pay-progress", "pay-reload"].map(part);

  function say(message, mustReload = false) {
    alert.textContent = message || dataset.sayConnection;
    alert.hidden = false;
    reload.hidden = !mustReload;
    progress.textContent = "";
    button.disabled = mustReload;
    alert.focus();
  }

  async function post(address, fields) {
    const answer = await fetch(address, {
      method: "POST",
      body: new URLSearchParams({ csrf: dataset.csrf, ...fields }),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    return answer.json();
  }

  /** What the window showed goes with the request, to be checked again. */
  async function sendRequest() {
    progress.textContent = dataset.saySending;
    const { payment, total, currency, account, processor } = dataset;
    return afterSendRequest(await post(dataset.sendRequest, { payment, total, currency, account, processor }));
  }

  /** Lets the button be pressed: `pay` is every way through the window, `missing` the first field that is not filled in. */
  function begin(pay, missing = () => undefined) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      const incomplete = missing();
      if (incomplete) return incomplete.focus();
      button.disabled = true;
      alert.hidden = true;
      // The clinic resumes what it began, so pressing again after any failure cannot charge twice.
      const next = await pay().catch(() => ({ say: dataset.sayConnection }));
      if (!next.go) return say(next.say, next.reload);
      progress.textContent = next.paid ? dataset.sayPaid : "";
      location.assign(next.go);
    });
    // A window brought back by the Back button shows what was so before.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    button.disabled = false;
  }

  return { part, dataset, progress, say, post, sendRequest, begin };
}

/** Asks the clinic how a payment stands until it knows, or until nobody should wait any longer: the last that it told. */
export async function outcome(address) {
  const until = Date.now() + WAIT_MS_MAX;
  let told = {};
  while (Date.now() < until) {
    told = await ask(address).catch(() => told);
    if (told.error || (told.state && told.state !== "unknown")) break;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS));
  }
  return told;
}

async function ask(address) {
  const signal = AbortSignal.timeout(REQUEST_MS_MAX);
  return (await fetch(address, { headers: { Accept: "application/json" }, signal })).json();
}

/** What is wrong at a place, or nothing. */
export function mark(place, message) {
  place.textContent = message;
  place.hidden = message === "";
}
