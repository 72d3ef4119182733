// The longest waits with Moneris, in a file of their own: a charge whose outcome nobody knows until it may be asked, 40 s later.

import assert from "node:assert/strict";

import { MONERIS } from "./cards.mjs";
import { story } from "./story.mjs";
import { OFFICE } from "./visit.mjs";

story("a charge that timed out and was made is waited for in the window, and the invoice is paid once", async (clinic) => {
  await clinic.connectMoneris();
  const desk = await clinic.visit("deskA");
  await desk.openFrameWindow();
  await desk.payInFrame(MONERIS.timesOutPaid);
  await desk.sees(/its outcome is being asked/);
  assert.equal(await desk.button("Send Request").isDisabled(), true, "and nothing can be sent meanwhile");

  // Somebody else is told not to take the money, and a window of one's own that was closed waits again.
  const other = await clinic.visit("deskB");
  other.expect(/^409: GET .*\/pay$/);
  await other.openInProgress();
  const same = await clinic.visit("deskA");
  await same.open(`/d/${OFFICE}/transactions`);
  await same.payLink().click();
  await same.sees(/its outcome is being asked/);

  await desk.sees("The payment is made.");
  await same.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), [{ taken: 12_345, back: 0, charges: 1 }]);
});

story("a server killed while a charge is in doubt comes back, asks in time, and the invoice is paid once", async (clinic) => {
  await clinic.connectMoneris();
  const desk = await clinic.visit("deskA");
  // What the window asks while the server is gone is not answered.
  desk.tolerate(/^failed: .*\/state/, /^console: .*net::ERR_/);
  await desk.openFrameWindow();
  await desk.payInFrame(MONERIS.timesOutPaid);
  await desk.sees(/its outcome is being asked/);
  await clinic.stop("SIGKILL");
  await clinic.start();
  await desk.sees("The payment is made.");
  assert.deepEqual(await clinic.orders(), [{ taken: 12_345, back: 0, charges: 1 }]);
});
