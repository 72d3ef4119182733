// One field of a card. What is typed leaves this frame only for its siblings of the same origin, never for the parent.

import { RULES } from './rules.js';
import { listen, locale, option, tell } from './parent.js';

const FIELDS = {
  cardNumber: { autocomplete: 'cc-number', name: 'cardnumber', placeholder: '1234 1234 1234 1234' },
  cardExpiry: { autocomplete: 'cc-exp', name: 'exp-date', placeholder: { en: 'MM / YY', fr: 'MM / AA' }[locale] },
  cardCvc: { autocomplete: 'cc-csc', name: 'cvc', placeholder: 'CVC' },
};

const TEXT = {
  en: {
    cardNumber: 'Card number',
    cardExpiry: 'Expiry date',
    cardCvc: 'Security code (CVC)',
    incomplete_cvc: 'Your card’s security code is incomplete.',
    incomplete_expiry: 'Your card’s expiry date is incomplete.',
    incomplete_number: 'Your card number is incomplete.',
    invalid_expiry_month: 'Your card’s expiry month is invalid.',
    invalid_expiry_month_past: 'Your card’s expiry date is in the past.',
    invalid_expiry_year: 'Your card’s expiry year is invalid.',
    invalid_expiry_year_past: 'Your card’s expiry year is in the past.',
    invalid_number: 'Your card number is invalid.',
  },
  fr: {
    cardNumber: 'Numéro de carte',
    cardExpiry: 'Date d’expiration',
    cardCvc: 'Code de sécurité (CVC)',
    incomplete_cvc: 'Le code de sécurité de votre carte est incomplet.',
    incomplete_expiry: 'La date d’expiration de votre carte est incomplète.',
    incomplete_number: 'Le numéro de votre carte est incomplet.',
    invalid_expiry_month: 'Le mois d’expiration de votre carte n’est pas valide.',
    invalid_expiry_month_past: 'La date d’expiration de votre carte est passée.',
    invalid_expiry_year: 'L’année d’expiration de votre carte n’est pas valide.',
    invalid_expiry_year_past: 'L’année d’expiration de votre carte est passée.',
    invalid_number: 'Le numéro de votre carte n’est pas valide.',
  },
}[locale];

/** What a page may choose of the looks; nothing of it can load anything or move anything. */
const LOOKS = ['color', 'fontFamily', 'fontSize', 'fontStyle', 'fontWeight', 'letterSpacing', 'lineHeight', 'textAlign'];
const HARMLESS = /^[\w\s.,#%()'"+-]{1,200}$/;

const field = Object.hasOwn(FIELDS, option('field')) ? option('field') : 'cardNumber';
const channel = new BroadcastChannel(`fields-${option('group')}`);
const input = document.getElementById('field');
const icon = document.getElementById('icon');
const seen = { brand: 'unknown' };
let looks = {};
let left = false;
let last = '';
let now = RULES[field]('', seen);

input.autocomplete = FIELDS[field].autocomplete;
input.name = FIELDS[field].name;
document.getElementById('label').textContent = document.title = TEXT[field];

const error = () => {
  const waits = now.fault?.startsWith('incomplete') && (!left || now.value === '' || now.empty);
  return now.fault && !waits ? { code: now.fault, message: TEXT[now.fault] } : undefined;
};

const dress = () => {
  const state = error() ? 'invalid' : now.complete ? 'complete' : now.shown === '' ? 'empty' : 'base';
  const chosen = { ...looks.base, ...looks[state] };
  const focused = document.activeElement === input ? { ...looks.base?.[':focus'], ...looks[state]?.[':focus'] } : {};
  const shown = { ...chosen, ...focused };
  for (const name of LOOKS) {
    const value = shown[name];
    input.style[name] = typeof value === 'string' && HARMLESS.test(value) && !/url|var|env|attr/i.test(value) ? value : '';
  }
  icon.style.color = typeof shown.iconColor === 'string' && HARMLESS.test(shown.iconColor) ? shown.iconColor : '';
  const placeholder = chosen['::placeholder']?.color;
  if (typeof placeholder === 'string' && HARMLESS.test(placeholder)) input.style.setProperty('--placeholder', placeholder);
  else input.style.removeProperty('--placeholder');
  tell({ type: 'height', height: Math.ceil(document.body.getBoundingClientRect().height) });
};

/** Tells the page what changed, if anything it may know did. */
const report = () => {
  const wrong = error();
  const said = {
    type: 'change',
    brand: now.brand,
    complete: now.complete,
    empty: now.shown === '',
    error: wrong && { type: 'validation_error', ...wrong },
  };
  input.setAttribute('aria-invalid', String(Boolean(wrong)));
  dress();
  const text = JSON.stringify(said);
  if (text !== last) tell(said);
  last = text;
};

/** Groups the digits as they are typed and keeps the caret behind the same digit. */
const typed = (event) => {
  const deleting = event?.inputType?.startsWith('delete');
  const before = input.value.slice(0, input.selectionStart ?? input.value.length).replace(/\D/g, '').length;
  const atEnd = (input.selectionStart ?? 0) >= input.value.length;
  now = RULES[field](input.value, { ...seen, deleting });
  if (input.value !== now.shown) {
    input.value = now.shown;
    let place = 0;
    for (let digits = 0; place < now.shown.length && digits < before; place += 1) digits += /\d/.test(now.shown[place]);
    if (document.activeElement === input) {
      const caret = atEnd && !deleting ? now.shown.length : place;
      input.setSelectionRange(caret, caret);
    }
  }
  if (field === 'cardNumber') {
    icon.textContent = now.brand === 'unknown' ? '' : now.brand;
    channel.postMessage({ type: 'brand', brand: now.brand });
  }
  report();
};

input.addEventListener('input', typed);
input.addEventListener('change', typed);
input.addEventListener('focus', () => {
  left = false;
  tell({ type: 'focus' });
  dress();
});
input.addEventListener('blur', () => {
  left = true;
  tell({ type: 'blur' });
  report();
});
input.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') tell({ type: 'escape' });
  if (key === 'Enter') tell({ type: 'submit' });
});

channel.onmessage = ({ data }) => {
  if (data.type === 'ask') {
    const wrong = now.fault?.startsWith('invalid') ? { code: now.fault, message: TEXT[now.fault] } : undefined;
    channel.postMessage({ type: 'typed', field, value: now.value, complete: now.complete, error: wrong });
  } else if (data.type === 'brand' && field === 'cardCvc') {
    seen.brand = data.brand;
    typed();
  } else if (data.type === 'brand?' && field === 'cardNumber') {
    channel.postMessage({ type: 'brand', brand: now.brand });
  }
};
if (field === 'cardCvc') channel.postMessage({ type: 'brand?' });

let ready = false;
listen(({ options, type }) => {
  if (type === 'focus') input.focus();
  if (type === 'blur') input.blur();
  if (type === 'clear') {
    input.value = '';
    left = false;
    typed();
  }
  if (type === 'options') {
    looks = options.style ?? {};
    input.disabled = options.disabled === true;
    input.placeholder = typeof options.placeholder === 'string' ? options.placeholder : FIELDS[field].placeholder;
    icon.hidden = !(options.showIcon && field === 'cardNumber');
    dress();
    if (!ready) tell({ type: 'ready' });
    ready = true;
  }
});
