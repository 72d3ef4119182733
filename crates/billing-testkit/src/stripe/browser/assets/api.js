// The browser's part of Stripe's API, as requests of this frame's own origin.

const VERSION = '2026-10-28.endive';

const FRENCH = {
  api_connection_error: 'La connexion a échoué. Vérifiez-la, puis réessayez.',
  authentication_required: 'Votre carte doit être authentifiée.',
  card_declined: 'Votre carte a été refusée.',
  expired_card: 'Votre carte est expirée.',
  incorrect_cvc: 'Le code de sécurité de votre carte est incorrect.',
  incorrect_number: 'Le numéro de votre carte est incorrect.',
  insufficient_funds: 'Votre carte n’a pas de provision suffisante.',
  payment_intent_authentication_failure: 'L’authentification de votre carte a échoué. Choisissez un autre moyen de paiement.',
  processing_error: 'Une erreur est survenue pendant le traitement de votre carte. Réessayez dans un instant.',
};

/** `{paymentIntent}` or `{error}`, as Stripe.js resolves. */
export const call = async (key, locale, path, form) => {
  try {
    const headers = { Authorization: `Bearer ${key}`, 'Stripe-Version': VERSION };
    const body = form && new URLSearchParams(form);
    const response = await fetch(path, { method: form ? 'POST' : 'GET', headers, body, cache: 'no-store' });
    const answer = withoutCard(await response.json());
    return answer.error ? failed(answer.error, locale) : { paymentIntent: answer };
  } catch {
    return failed({ type: 'api_connection_error', message: 'The connection failed. Check it and try again.' }, locale);
  }
};

export const retrieve = ({ clientSecret, intent, key }, locale) =>
  call(key, locale, `/v1/payment_intents/${intent}?${new URLSearchParams({ client_secret: clientSecret })}`);

/** What a challenge or a card that was refused after it left on the intent. */
export const judged = ({ paymentIntent, error }, locale) => {
  const last = paymentIntent?.last_payment_error;
  if (error || !last || paymentIntent.status !== 'requires_payment_method') return { paymentIntent, error };
  return failed({ ...last, payment_intent: paymentIntent }, locale);
};

const failed = (error, locale) => {
  const said = FRENCH[error.decline_code] ?? FRENCH[error.code] ?? FRENCH[error.type];
  return { error: { ...error, message: locale === 'fr' && said ? said : error.message } };
};

/** Not even the brand and last digits that Stripe repeats leave the frame. */
const withoutCard = (answer) =>
  JSON.parse(JSON.stringify(answer, (name, value) => (name === 'card' ? undefined : value)));
