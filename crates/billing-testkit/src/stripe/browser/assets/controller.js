// Sends what the fields hold, and only here: the fields themselves cannot send anything.

import { call, retrieve } from './api.js';
import { listen } from './parent.js';

/** Long enough for a frame beside this one; without an answer a field counts as empty. */
const FIELD_WAIT_MS = 3000;

const INCOMPLETE = {
  en: {
    cardNumber: { code: 'incomplete_number', message: 'Your card number is incomplete.' },
    cardExpiry: { code: 'incomplete_expiry', message: 'Your card’s expiry date is incomplete.' },
    cardCvc: { code: 'incomplete_cvc', message: 'Your card’s security code is incomplete.' },
  },
  fr: {
    cardNumber: { code: 'incomplete_number', message: 'Le numéro de votre carte est incomplet.' },
    cardExpiry: { code: 'incomplete_expiry', message: 'La date d’expiration de votre carte est incomplète.' },
    cardCvc: { code: 'incomplete_cvc', message: 'Le code de sécurité de votre carte est incomplet.' },
  },
};

/** What each mounted field holds, from frame to frame. */
const typedIn = (group, fields) =>
  new Promise((resolve) => {
    const channel = new BroadcastChannel(`fields-${group}`);
    const typed = {};
    const done = () => {
      clearTimeout(late);
      channel.close();
      resolve(typed);
    };
    const late = setTimeout(done, FIELD_WAIT_MS);
    channel.onmessage = ({ data }) => {
      if (data.type !== 'typed' || !fields.includes(data.field)) return;
      typed[data.field] = data;
      if (fields.every((field) => typed[field])) done();
    };
    channel.postMessage({ type: 'ask' });
    if (fields.length === 0) done();
  });

const confirm = async ({ billing, clientSecret, fields, group, intent, key, locale, returnUrl }) => {
  const typed = await typedIn(group, fields);
  for (const field of ['cardNumber', 'cardExpiry', 'cardCvc']) {
    if (!typed[field]?.complete) {
      return { error: { type: 'validation_error', ...(typed[field]?.error ?? INCOMPLETE[locale][field]) } };
    }
  }
  const [month, year] = typed.cardExpiry.value.split('/');
  const data = 'payment_method_data';
  const form = [
    [`${data}[type]`, 'card'],
    [`${data}[card][number]`, typed.cardNumber.value],
    [`${data}[card][exp_month]`, String(Number(month))],
    [`${data}[card][exp_year]`, `20${year}`],
    [`${data}[card][cvc]`, typed.cardCvc.value],
    ...flat(`${data}[billing_details]`, billing),
    ['client_secret', clientSecret],
    ...(returnUrl ? [['return_url', returnUrl]] : []),
  ];
  return call(key, locale, `/v1/payment_intents/${intent}/confirm`, form);
};

/** `{address: {postal_code}}` becomes `…[address][postal_code]`; what is empty is left out. */
const flat = (name, value) => {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value !== 'object') return [[name, String(value)]];
  return Object.entries(value).flatMap(([inner, deeper]) => flat(`${name}[${inner}]`, deeper));
};

listen((said) => {
  if (said.type === 'confirm') return confirm(said);
  if (said.type === 'retrieve') return retrieve(said, said.locale);
});
