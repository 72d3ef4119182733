// The tokenization frame: asks for a card, and makes a token of it when the page around it says so. What is typed goes to
// this frame's own origin; the page gets a token or codes.

const asked = new URLSearchParams(location.search);
const french = asked.get('language') === 'fr';
const labels = asked.get('display_labels') ?? '0';

const FIELDS = {
  pan: { shown: true, text: french ? 'Numéro de carte' : 'Card number' },
  exp: { shown: asked.get('enable_exp') === '1', text: french ? 'Date d’expiration (MMAA)' : 'Expiry date (MMYY)' },
  cvd: { shown: asked.get('enable_cvd') === '1', text: french ? 'Code de sécurité' : 'Security code' },
};

/** A style may not load anything; the policy would forbid it and say so aloud. */
const dress = (element, ...names) => {
  const styles = names.map((name) => asked.get(name)).filter((style) => style && !/url|image|import|expression/i.test(style));
  if (styles.length) element.style.cssText = styles.join(';');
};

document.documentElement.lang = french ? 'fr' : 'en';
document.body.classList.toggle('quiet', labels !== '1');
dress(document.body, 'css_body');

const inputs = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { shown, text }]) => {
    const input = document.getElementById(name);
    const label = asked.get(`${name}_label`) || text;
    input.labels[0].textContent = label;
    if (labels === '2') input.placeholder = label;
    document.getElementById(`${name}_field`).hidden = !shown;
    dress(input, 'css_textbox', `css_textbox_${name}`);
    return [name, input];
  }),
);

const digits = (input) => input.value.replace(/[\s/-]/g, '');

const grouped = (input, pattern, mark) =>
  input.addEventListener('input', () => {
    if (input.selectionStart === input.value.length) input.value = digits(input).replace(pattern, `$&${mark}`);
  });
if (asked.get('enable_cc_formatting') === '1') grouped(inputs.pan, /\d{4}(?=\d)/g, ' ');
if (asked.get('enable_exp_formatting') === '1') grouped(inputs.exp, /^\d{2}(?=\d)/, '/');

const tokenize = async (source) => {
  const typed = { id: asked.get('id') ?? '', pan: digits(inputs.pan), source };
  if (FIELDS.exp.shown) typed.exp = digits(inputs.exp);
  if (FIELDS.cvd.shown) typed.cvd = digits(inputs.cvd);
  try {
    return await (await fetch('token', { method: 'POST', body: JSON.stringify(typed) })).json();
  } catch {
    return { responseCode: ['941'] };
  }
};

/** A frame that asks for the number only says one code as a text; any other says a list. */
const said = (answer) => {
  const wrong = answer.responseCode.filter((code) => code !== '001');
  inputs.pan.setAttribute('aria-invalid', String(wrong.includes('943')));
  inputs.exp.setAttribute('aria-invalid', String(wrong.includes('944')));
  inputs.cvd.setAttribute('aria-invalid', String(wrong.includes('945')));
  const alone = !FIELDS.exp.shown && !FIELDS.cvd.shown;
  return { ...answer, responseCode: alone ? answer.responseCode[0] : answer.responseCode };
};

addEventListener('message', async ({ data, origin, source }) => {
  if (source !== parent || data !== 'tokenize') return;
  parent.postMessage(JSON.stringify(said(await tokenize(origin))), origin);
});
