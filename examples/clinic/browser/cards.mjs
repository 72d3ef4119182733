// The stand-in's cards, as Stripe documents them for testing (https://docs.stripe.com/testing).

export const VISA = "4242424242424242";
export const MASTERCARD = "5555555555554444";
export const AMEX = "378282246310005";
export const DECLINED = "4000000000000002";
export const LOST = "4000000000009987";
export const AUTHENTICATE = "4000002500003155";

/** Those that the bank refuses at once. */
export const REFUSED = [DECLINED, LOST];

/** Cards of the stand-in for Moneris; its own page lists them. The others above are declined there, but for VISA. */
export const MONERIS = {
  visa: VISA,
  mastercard: "5454545454545454",
  declined: "4012000000000420",
  lost: "4012000000000073",
  refundDeclined: "5306123456789015",
  timesOut: "4012000000000123",
  timesOutPaid: "4012000000000131",
  wrongDigit: "4242424242424241",
};
