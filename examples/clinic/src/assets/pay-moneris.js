// The payment window around Moneris's card frame. What is typed about the card stays in that frame; this script asks it for a token,
// for one attempt, and brings the token to the clinic, which charges it. The token is in no address, no storage and no log.

import { afterSettle, mark, outcome, windowOf } from "./pay-window.js";

/** How long the frame may take to answer. */
const FRAME_MS_MAX = 30_000;

/** The frame's words for a token, and for none without a reason. */
const GIVEN = "001";
const NOT_GIVEN = "941";

/**
 * What a message says, if it is the frame's own answer: a token, or the codes of what is wrong. Any page can post a message to this
 * one, so both its origin and its window are looked at first; and it is read, never run.
 */
export function frameAnswer({ data, origin, source }, from) {
  if (origin !== from.origin || source !== from.source || typeof data !== "string") return undefined;
  let said;
  try {
    said = JSON.parse(data);
  } catch {
    return undefined;
  }
  // One code as a text, or a list of them.
  const codes = [said?.responseCode].flat().filter((code) => typeof code === "string");
  if (codes.length === 0) return undefined;
  const wrong = codes.filter((code) => code !== GIVEN);
  if (wrong.length > 0) return { wrong };
  const isToken = typeof said.dataKey === "string" && said.dataKey !== "";
  return isToken ? { token: said.dataKey } : { wrong: [NOT_GIVEN] };
}

/** Whether a hand-over is for the frame that this page drew. */
export function isForFrame(handover, { frameOrigin, frameUrl }) {
  return handover.frame_origin === frameOrigin && handover.frame_url === frameUrl && Boolean(handover.reference);
}

const form = globalThis.document?.querySelector("#pay");
if (form) open(form);

function open(form) {
  const { part, dataset, progress, post, sendRequest, begin } = windowOf(form);
  const [frame, wrong] = ["card-frame", "card-error"].map(part);

  /** Asks the frame for a token; exactly its origin hears the question, and the first answer of its own counts. */
  function askFrame() {
    return new Promise((resolve) => {
      const from = { origin: dataset.frameOrigin, source: frame.contentWindow };
      const listen = (event) => {
        const answer = frameAnswer(event, from);
        if (answer) end(answer);
      };
      const timer = setTimeout(() => end(undefined), FRAME_MS_MAX);
      const end = (answer) => {
        clearTimeout(timer);
        removeEventListener("message", listen);
        resolve(answer);
      };
      addEventListener("message", listen);
      frame.contentWindow.postMessage("tokenize", dataset.frameOrigin);
    });
  }

  /** The codes in the language of the page, each once. */
  function complain(codes) {
    const texts = codes.map((code) => dataset[`say-${code}`] ?? dataset[`say-${NOT_GIVEN}`]);
    mark(wrong, [...new Set(texts)].join(" "));
    return { say: dataset.sayCard };
  }

  async function pay() {
    mark(wrong, "");
    const sent = await sendRequest();
    if (sent.waits) return wait();
    if (!sent.handover) return sent;
    if (!isForFrame(sent.handover, dataset)) return { say: dataset.sayOutdated, reload: true };

    const answer = await askFrame();
    if (!answer) return { say: dataset.sayFrame, reload: true };
    if (!answer.token) return complain(answer.wrong);

    progress.textContent = dataset.sayAsking;
    // The question may have arrived though its answer did not: then the clinic knows, or finds out.
    const told = await post(dataset.charge, { reference: sent.handover.reference, token: answer.token }).catch(() => undefined);
    return !told || told.state === "unknown" ? wait() : afterSettle(told);
  }

  async function wait() {
    progress.textContent = dataset.sayWaiting;
    return afterSettle(await outcome(dataset.state));
  }

  begin(pay);
}
