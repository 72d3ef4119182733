// A stand-in for Stripe.js (train endive): as much of it as a card form needs, against the fake Stripe. No money moves.
// It runs in the embedding page and never sees a card: what is typed stays in frames of this script's own origin.

(() => {
  'use strict';

  const ORIGIN = new URL(document.currentScript.src).origin;
  const FIELDS = ['cardNumber', 'cardExpiry', 'cardCvc'];

  // Long enough on a busy machine; a frame that is not there by then does not come.
  const LOAD_MS_MAX = 30_000;
  const TEXT = {
    en: {
      cardNumber: 'Secure card number field',
      cardExpiry: 'Secure expiry date field',
      cardCvc: 'Secure security code field',
      bank: 'Bank authentication',
      controller: 'Payment requests',
      unreached: 'The connection failed. Check it and try again.',
    },
    fr: {
      cardNumber: 'Champ sécurisé du numéro de carte',
      cardExpiry: 'Champ sécurisé de la date d’expiration',
      cardCvc: 'Champ sécurisé du code de sécurité',
      bank: 'Authentification bancaire',
      controller: 'Requêtes de paiement',
      unreached: 'La connexion a échoué. Vérifiez-la, puis réessayez.',
    },
  };

  class IntegrationError extends Error {
    name = 'IntegrationError';
  }

  const language = (locale) => {
    const wanted = !locale || locale === 'auto' ? navigator.language : locale;
    return wanted.toLowerCase().startsWith('fr') ? 'fr' : 'en';
  };

  const randomId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

  // One frame of the fake's origin, and messages that only it can send or read.
  class Frame {
    #heard;
    #waiting = new Map();

    constructor(page, title, fragment, heard = () => {}) {
      this.#heard = heard;
      this.element = document.createElement('iframe');
      this.element.title = title;
      this.element.src = `${ORIGIN}/frame/${page}#${new URLSearchParams({ ...fragment, parent: location.origin })}`;
      // Whether it came. No event tells that a frame did not: an error page of the browser's loads too.
      this.loaded = new Promise((resolve) => {
        this.arrived = () => resolve(true);
        setTimeout(resolve, LOAD_MS_MAX, false);
      });
      this.listener = (event) => this.#receive(event);
      addEventListener('message', this.listener);
    }

    #receive({ data, origin, source }) {
      if (origin !== ORIGIN || source !== this.element.contentWindow || typeof data !== 'object') return;
      if (data.type === 'loaded') this.arrived();
      else if (data.type === 'answer') this.#waiting.get(data.id)?.(data.result);
      else this.#heard(data);
    }

    async tell(message) {
      if (await this.loaded) this.element.contentWindow?.postMessage(message, ORIGIN);
    }

    /** What the frame answers; undefined if it never came. */
    async ask(message) {
      if (!(await this.loaded)) return undefined;
      const id = randomId();
      return new Promise((resolve) => {
        this.#waiting.set(id, (result) => {
          this.#waiting.delete(id);
          resolve(result);
        });
        this.tell({ ...message, id });
      });
    }

    remove() {
      removeEventListener('message', this.listener);
      this.element.remove();
    }
  }

  // Styles are set one by one: a strict policy of the embedding page allows that, and no style attribute.
  const dress = (element, style) => Object.assign(element.style, style);

  class Element {
    #classes;
    #container = null;
    #elements;
    #frame = null;
    #handlers = new Map();
    #options;
    #state = { complete: false, empty: true, focus: false, invalid: false };
    #type;

    constructor(type, elements, options) {
      this.#type = type;
      this.#elements = elements;
      this.#options = options;
      this.#classes = {
        base: 'StripeElement',
        complete: 'StripeElement--complete',
        empty: 'StripeElement--empty',
        focus: 'StripeElement--focus',
        invalid: 'StripeElement--invalid',
        ...options.classes,
      };
    }

    get elements() {
      return this.#elements;
    }

    mount(where) {
      const container = typeof where === 'string' ? document.querySelector(where) : where;
      if (!(container instanceof HTMLElement)) throw new IntegrationError(`There is no element to mount at: ${where}`);
      if (this.#container === container) return;
      this.unmount();
      const { group, locale } = this.#elements;
      const fragment = { field: this.#type, group, locale };
      const frame = new Frame('field.html', TEXT[locale][this.#type], fragment, (said) => this.#hear(said));
      dress(frame.element, { border: '0', display: 'block', height: '24px', margin: '0', padding: '0', width: '100%' });
      container.replaceChildren(frame.element);
      container.addEventListener('click', this.#clicked);
      this.#container = container;
      this.#frame = frame;
      this.#state = { complete: false, empty: true, focus: false, invalid: false };
      this.#mark();
      frame.tell({ type: 'options', options: this.#shown() });
      frame.loaded.then((came) => {
        if (!came && this.#frame === frame) this.#emit('loaderror', { elementType: this.#type, error: unreached(locale) });
      });
    }

    unmount() {
      if (!this.#container) return;
      this.#container.removeEventListener('click', this.#clicked);
      this.#container.classList.remove(...Object.values(this.#classes).flatMap((names) => names.split(' ')));
      this.#frame.remove();
      this.#container = null;
      this.#frame = null;
    }

    destroy() {
      this.unmount();
      this.#elements.forget(this.#type);
    }

    update(options) {
      this.#options = { ...this.#options, ...options };
      this.#frame?.tell({ type: 'options', options: this.#shown() });
    }

    focus() {
      this.#frame?.element.focus();
      this.#frame?.tell({ type: 'focus' });
    }

    blur() {
      this.#frame?.tell({ type: 'blur' });
    }

    clear() {
      this.#frame?.tell({ type: 'clear' });
    }

    on(event, handler) {
      this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
      return this;
    }

    once(event, handler) {
      const once = (said) => {
        this.off(event, once);
        handler(said);
      };
      return this.on(event, once);
    }

    off(event, handler) {
      const kept = handler ? (this.#handlers.get(event) ?? []).filter((one) => one !== handler) : [];
      this.#handlers.set(event, kept);
      return this;
    }

    isMounted() {
      return this.#frame !== null;
    }

    #clicked = (event) => {
      if (event.target === this.#container) this.focus();
    };

    #shown() {
      const { disabled = false, placeholder, showIcon = false, style = {} } = this.#options;
      return { disabled, placeholder, showIcon, style: JSON.parse(JSON.stringify(style)) };
    }

    #hear(said) {
      const elementType = this.#type;
      switch (said.type) {
        case 'height':
          dress(this.#frame.element, { height: `${Math.min(Math.max(Number(said.height) || 24, 16), 120)}px` });
          break;
        case 'change':
          Object.assign(this.#state, { complete: said.complete, empty: said.empty, invalid: Boolean(said.error) });
          this.#mark();
          this.#emit('change', {
            elementType,
            ...(elementType === 'cardNumber' && { brand: said.brand }),
            complete: said.complete,
            empty: said.empty,
            error: said.error,
          });
          break;
        case 'blur':
        case 'focus':
          this.#state.focus = said.type === 'focus';
          this.#mark();
          this.#emit(said.type, { elementType });
          break;
        case 'submit':
          this.#container.closest('form')?.requestSubmit();
          break;
        case 'escape':
        case 'ready':
          this.#emit(said.type, { elementType });
      }
    }

    #mark() {
      const { base, ...others } = this.#classes;
      this.#container.classList.add(...base.split(' '));
      for (const [name, on] of Object.entries(this.#state)) {
        for (const word of others[name].split(' ')) this.#container.classList.toggle(word, on);
      }
    }

    #emit(event, said) {
      for (const handler of this.#handlers.get(event) ?? []) handler(said);
    }
  }

  class Elements {
    #made = new Map();

    constructor(locale) {
      this.group = randomId();
      this.locale = locale;
    }

    create(type, options = {}) {
      if (!FIELDS.includes(type)) throw new IntegrationError(`The stand-in has no element of the type ${type}.`);
      if (this.#made.has(type)) throw new IntegrationError(`There is an element of the type ${type} already.`);
      const element = new Element(type, this, options);
      this.#made.set(type, element);
      return element;
    }

    getElement(type) {
      return this.#made.get(type) ?? null;
    }

    forget(type) {
      this.#made.delete(type);
    }

    mounted() {
      return FIELDS.filter((type) => this.#made.get(type)?.isMounted());
    }
  }

  class StripeStandIn {
    #controller = null;
    #key;
    #locale;

    constructor(key, locale) {
      this.#key = key;
      this.#locale = locale;
    }

    elements({ locale } = {}) {
      return new Elements(locale ? language(locale) : this.#locale);
    }

    async confirmCardPayment(clientSecret, data = {}, { handleActions = true } = {}) {
      const intent = intentOf(clientSecret);
      const { card, billing_details: billing = {} } = data.payment_method ?? {};
      if (!(card instanceof Element)) throw new IntegrationError('payment_method.card must be a cardNumber element.');
      const { group, locale } = card.elements;
      const answer = await this.#ask({
        type: 'confirm', billing: JSON.parse(JSON.stringify(billing)), clientSecret, fields: card.elements.mounted(), group,
        intent, locale, returnUrl: data.return_url,
      });
      return handleActions ? this.#act(answer, clientSecret, locale) : answer;
    }

    async retrievePaymentIntent(clientSecret) {
      return this.#ask({ type: 'retrieve', clientSecret, intent: intentOf(clientSecret), locale: this.#locale });
    }

    // Takes up a challenge that was left open, after a reload for instance.
    async handleNextAction({ clientSecret }) {
      return this.#act(await this.retrievePaymentIntent(clientSecret), clientSecret, this.#locale);
    }

    #act(answer, clientSecret, locale) {
      if (answer.paymentIntent?.status !== 'requires_action') return answer;
      return challenge({ clientSecret, intent: intentOf(clientSecret), key: this.#key }, locale);
    }

    async #ask(message) {
      if (!this.#controller) {
        this.#controller = new Frame('controller.html', TEXT[this.#locale].controller, {});
        dress(this.#controller.element, { display: 'none' });
        document.body.append(this.#controller.element);
      }
      const controller = this.#controller;
      const answer = await controller.ask({ ...message, key: this.#key });
      if (answer) return answer;
      // The next request tries with a new one.
      controller.remove();
      if (this.#controller === controller) this.#controller = null;
      return { error: unreached(message.locale) };
    }
  }

  const unreached = (locale) => ({ type: 'api_connection_error', message: TEXT[locale].unreached });

  const intentOf = (clientSecret) => {
    const found = /^(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(clientSecret);
    if (!found) throw new IntegrationError('This is no client secret of a PaymentIntent.');
    return found[1];
  };

  // The bank's page, over everything. A modal dialog keeps the focus inside without a trap of our own.
  const challenge = async (payment, locale) => {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-label', TEXT[locale].bank);
    dialog.setAttribute('closedby', 'none');
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dress(dialog, {
      background: '#fff', border: '0', borderRadius: '12px', boxSizing: 'border-box', height: 'min(420px, 92vh)',
      maxWidth: '94vw', overflow: 'hidden', padding: '0', width: '400px',
    });
    const frame = new Frame('bank.html', TEXT[locale].bank, { locale });
    dress(frame.element, { border: '0', display: 'block', height: '100%', width: '100%' });
    dialog.append(frame.element);
    document.body.append(dialog);
    dialog.showModal();
    frame.element.focus();
    try {
      return (await frame.ask({ type: 'challenge', ...payment })) ?? { error: unreached(locale) };
    } finally {
      frame.remove();
      dialog.close();
      dialog.remove();
    }
  };

  window.Stripe = (key, { locale } = {}) => {
    if (typeof key !== 'string' || !key.startsWith('pk_')) {
      throw new IntegrationError('Stripe() takes a publishable key, which begins with pk_. No other key belongs in a page.');
    }
    return new StripeStandIn(key, language(locale));
  };
  window.Stripe.version = 'endive';
})();
