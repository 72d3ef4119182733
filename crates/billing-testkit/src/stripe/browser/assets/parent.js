// What every frame says to the page around it and hears from it. Never card data.

const fragment = new URLSearchParams(location.hash.slice(1));
const parentOrigin = fragment.get('parent') ?? '';

export const option = (name) => fragment.get(name) ?? '';
export const locale = option('locale') === 'fr' ? 'fr' : 'en';
document.documentElement.lang = locale;

/** A page of another origin than the one that was named cannot read this. */
export const tell = (message) => {
  if (parentOrigin) parent.postMessage(message, parentOrigin);
};

/** Calls `heard` with what the page around this frame says; an answer, if there is one, goes back to it. */
export const listen = (heard) => {
  addEventListener('message', async ({ data, origin, source }) => {
    if (source !== parent || origin !== parentOrigin || typeof data !== 'object') return;
    const result = await heard(data);
    if (data.id !== undefined) tell({ type: 'answer', id: data.id, result });
  });
  tell({ type: 'loaded' });
};
