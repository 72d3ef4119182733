// Checkout's form: one ticket, one card at a time. What is typed goes to this page's own origin; the page around it hears
// how it ended, and has to ask its server what is true.

const ticket = new URLSearchParams(location.search).get('tck') ?? '';
const parentOrigin = new URLSearchParams(location.hash.slice(1)).get('parent') ?? '';
const at = (id) => document.getElementById(id);

const TEXT = {
  en: {
    title: (amount) => `Pay $${amount}`,
    cardholder: 'Name on the card',
    pan: 'Card number',
    exp: 'Expiry date (MMYY)',
    cvd: 'Security code',
    pay: 'Pay',
    cancel: 'Cancel',
    approved: 'Approved.',
    declined: 'Declined.',
    'declined for now': 'Declined. Try another card.',
    wrong: 'Check what you typed.',
    2001: 'This ticket is not known.',
    2002: 'This ticket was used before.',
    2003: 'This ticket has expired.',
    2004: 'Nobody knows how this ended.',
  },
  fr: {
    title: (amount) => `Payer ${amount.replace('.', ',')} $`,
    cardholder: 'Nom sur la carte',
    pan: 'Numéro de carte',
    exp: 'Date d’expiration (MMAA)',
    cvd: 'Code de sécurité',
    pay: 'Payer',
    cancel: 'Annuler',
    approved: 'Approuvé.',
    declined: 'Refusé.',
    'declined for now': 'Refusé. Essayez une autre carte.',
    wrong: 'Vérifiez ce que vous avez tapé.',
    2001: 'Ce billet est inconnu.',
    2002: 'Ce billet a déjà servi.',
    2003: 'Ce billet a expiré.',
    2004: 'Nul ne sait comment cela a fini.',
  },
};
const FAULTS = { 943: 'pan', 944: 'exp', 945: 'cvd' };

/** A page of another origin than the one that was named cannot read this. */
const tell = (handler, code = '001') => {
  if (parentOrigin) parent.postMessage(JSON.stringify({ handler, ticket, response_code: code }), parentOrigin);
};

const call = async (path, asked) => {
  try {
    return await (await fetch(path, { method: 'POST', body: JSON.stringify({ ticket, ...asked }) })).json();
  } catch {
    return { code: '2004', codes: ['2004'] };
  }
};

const typed = (id) => at(id).value.replace(/[\s/-]/g, '');

let text = TEXT.en;

const close = (words) => {
  at('form').hidden = true;
  at('said').textContent = words;
  at('title').focus();
};

const stopped = (code) => {
  close(text[code] ?? text[2004]);
  tell('error_event', code);
};

const pay = async () => {
  at('pay').disabled = at('cancel').disabled = true;
  const card = { pan: typed('pan'), exp: typed('exp'), cvd: typed('cvd') };
  const { end, codes = [] } = await call('pay', { cardholder: at('cardholder').value, ...card });
  at('pay').disabled = at('cancel').disabled = false;
  for (const [code, id] of Object.entries(FAULTS)) at(id).setAttribute('aria-invalid', String(codes.includes(code)));
  const lost = codes.find((code) => !(code in FAULTS));
  if (lost) stopped(lost);
  else if (codes.length) at('said').textContent = text.wrong;
  else if (end === 'declined for now') at('said').textContent = text[end];
  else {
    close(text[end]);
    tell('payment_receipt');
    tell('payment_complete');
  }
};

const { code, amount, language } = await call('ticket', {});
text = TEXT[language] ?? TEXT.en;
document.documentElement.lang = language ?? 'en';
if (code !== '001') stopped(code);
else {
  at('title').textContent = document.title = text.title(amount);
  for (const id of ['cardholder', 'pan', 'exp', 'cvd']) at(id).labels[0].textContent = text[id];
  for (const id of ['pay', 'cancel']) at(id).textContent = text[id];
  at('pay').onclick = pay;
  at('cancel').onclick = () => tell('cancel_transaction');
  at('form').hidden = false;
  tell('page_loaded');
}
