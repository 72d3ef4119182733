// The bank's challenge: two buttons instead of a bank. Knows no card.

import { call, judged, retrieve } from './api.js';
import { listen, locale } from './parent.js';

const TEXT = {
  en: {
    title: 'Bank authentication',
    about: 'A real bank would ask here whether it is you who pays. This one asks how it should end. No money moves.',
    passes: 'Complete authentication',
    fails: 'Fail authentication',
  },
  fr: {
    title: 'Authentification bancaire',
    about:
      'Une vraie banque demanderait ici si c’est bien vous qui payez. Celle-ci demande comment cela doit finir. Aucun argent ne bouge.',
    passes: 'Réussir l’authentification',
    fails: 'Échouer l’authentification',
  },
}[locale];

const [title, about, passes, fails] = ['title', 'about', 'passes', 'fails'].map((id) => document.getElementById(id));
document.title = TEXT.title;
title.textContent = TEXT.title;
about.textContent = TEXT.about;
passes.textContent = TEXT.passes;
fails.textContent = TEXT.fails;

const decided = () =>
  new Promise((resolve) => {
    passes.onclick = () => resolve('passes');
    fails.onclick = () => resolve('fails');
    passes.disabled = fails.disabled = false;
    title.focus();
  });

listen(async (payment) => {
  if (payment.type !== 'challenge') return;
  const ends = await decided();
  passes.disabled = fails.disabled = true;
  const answered = await call(payment.key, locale, '/bank/challenge', { client_secret: payment.clientSecret, ends });
  return answered.error ? answered : judged(await retrieve(payment, locale), locale);
});
