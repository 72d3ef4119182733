// A stand-in for Checkout's script: puts the fake's own form into the page. It runs in the embedding page and never sees a
// card; what it calls back with proves nothing.

(() => {
  'use strict';

  const ORIGIN = new URL(document.currentScript.src).origin;

  window.monerisCheckout = class {
    #callbacks = new Map();
    #div = '';
    #frame = null;

    constructor() {
      addEventListener('message', ({ data, origin, source }) => {
        if (origin !== ORIGIN || !this.#frame || source !== this.#frame.contentWindow || typeof data !== 'string') return;
        this.#callbacks.get(JSON.parse(data).handler)?.(data);
      });
    }

    /** There is one machine behind this script, so every mode means it. */
    setMode() {}

    setCheckoutDiv(id) {
      this.#div = id;
    }

    setCallback(handler, callback) {
      this.#callbacks.set(handler, callback);
    }

    startCheckout(ticket) {
      this.closeCheckout();
      const frame = document.createElement('iframe');
      frame.title = 'Moneris Checkout';
      Object.assign(frame.style, { border: '0', display: 'block', height: '640px', width: '100%' });
      const query = new URLSearchParams({ tck: ticket });
      const fragment = new URLSearchParams({ parent: location.origin });
      frame.src = `${ORIGIN}/chktv2/display/index.php?${query}#${fragment}`;
      this.#frame = frame;
      document.getElementById(this.#div).replaceChildren(frame);
    }

    closeCheckout() {
      this.#frame?.remove();
      this.#frame = null;
    }
  };
})();
