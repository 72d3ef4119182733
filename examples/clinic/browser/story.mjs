// How a test is told: a clinic of its own, and no complaint from any browser.
//
// A script's error, a request that fails, an answer of 400 and above, a breach of the content security policy: each fails the test,
// unless it said beforehand that it expects it.

import { after, before, test } from "node:test";

import { Clinic, launchBrowser } from "./clinic.mjs";

/** Ends a test that hangs. No test waits for it: it is long because a machine may be busy. */
const LONGEST = 900_000;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

export function story(name, tell) {
  test(name, { timeout: LONGEST }, async () => {
    const clinic = await Clinic.open(browser);
    try {
      await tell(clinic);
      clinic.assertNothingWentWrong();
    } catch (error) {
      throw new Error(`${error.message}\n${clinic.diary()}`, { cause: error });
    } finally {
      await clinic.close();
    }
  });
}
