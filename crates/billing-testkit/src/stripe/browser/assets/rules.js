// How a card is typed: brands, groups, check digit, dates. Pure.

const BRANDS = [
  ['amex', /^3[47]/, [15], [4, 6, 5], [4]],
  ['diners', /^3(0[0-5]|[689])/, [14, 16], [4, 6, 4], [3]],
  ['jcb', /^35(2[89]|[3-8])/, [16], [4, 4, 4, 4], [3]],
  ['discover', /^6(011|4[4-9]|5)/, [16], [4, 4, 4, 4], [3]],
  ['unionpay', /^(62|81)/, [16, 17, 18, 19], [4, 4, 4, 4, 3], [3]],
  ['mastercard', /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], [4, 4, 4, 4], [3]],
  ['visa', /^4/, [16], [4, 4, 4, 4], [3]],
  ['unknown', /^/, [16], [4, 4, 4, 4], [3, 4]],
].map(([name, begins, lengths, groups, codes]) => ({ name, begins, lengths, groups, codes }));

const brandOf = (digits) => BRANDS.find(({ begins }) => begins.test(digits));
const brandNamed = (name) => BRANDS.find((brand) => brand.name === name) ?? BRANDS.at(-1);

const passesLuhn = (digits) =>
  [...digits].reverse().reduce((sum, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0) % 10 === 0;

const onlyDigits = (text) => text.replace(/\D/g, '');

/** Each says what is shown, what is sent, whether it is whole, and what is wrong (`incomplete` only once left). */
export const RULES = {
  cardNumber(text) {
    const all = onlyDigits(text);
    const brand = brandOf(all);
    const digits = all.slice(0, Math.max(...brand.lengths));
    const whole = brand.lengths.includes(digits.length);
    const fits = passesLuhn(digits);
    const full = digits.length === Math.max(...brand.lengths);
    let at = 0;
    const groups = brand.groups.map((size) => digits.slice(at, (at += size))).concat(digits.slice(at));
    return {
      brand: brand.name,
      shown: groups.filter(Boolean).join(' '),
      value: digits,
      complete: whole && fits,
      fault: full && !fits ? 'invalid_number' : whole && fits ? null : 'incomplete_number',
    };
  },

  cardExpiry(text, { deleting = false, today = new Date() } = {}) {
    // "1/30" means January, and so does a first digit above 1.
    const typed = text.replace(/^\s*(\d)\s*\//, '0$1/').replace(/^\s*([2-9])/, '0$1');
    const all = onlyDigits(typed);
    const digits = (all.length === 6 ? all.slice(0, 2) + all.slice(4) : all).slice(0, 4);
    const [month, year] = [digits.slice(0, 2), digits.slice(2)];
    const whole = digits.length === 4;
    const slash = digits.length === 2 && /\/\s*$/.test(typed) && !deleting;
    const shown = digits.length > 2 || slash ? `${month} / ${year}` : month;
    const [thisYear, thisMonth] = [today.getFullYear() % 100, today.getMonth() + 1];
    const age = Number(year) - thisYear;
    const fault = month.length === 2 && (Number(month) < 1 || Number(month) > 12) ? 'invalid_expiry_month'
      : !whole ? 'incomplete_expiry'
      : age < 0 ? 'invalid_expiry_year_past'
      : age === 0 && Number(month) < thisMonth ? 'invalid_expiry_month_past'
      : age > 50 ? 'invalid_expiry_year'
      : null;
    return { shown, value: `${month}/${year}`, empty: digits === '', complete: whole && !fault, fault };
  },

  cardCvc(text, { brand = 'unknown' } = {}) {
    const { codes } = brandNamed(brand);
    const digits = onlyDigits(text).slice(0, Math.max(...codes));
    const complete = codes.includes(digits.length);
    return { shown: digits, value: digits, complete, fault: complete ? null : 'incomplete_cvc' };
  },
};
