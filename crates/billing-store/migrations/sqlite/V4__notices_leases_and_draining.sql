-- When a draining account's keys are erased whatever is still open, and when the account itself wants something done.
-- What is draining already gets the 30 days that a removal gives from now on, counted from when it began; the end of time stays.
ALTER TABLE billing_accounts ADD COLUMN state_until INTEGER CHECK (state_until IS NULL OR state = 'draining');
ALTER TABLE billing_accounts ADD COLUMN due_at INTEGER CHECK (due_at IS NULL OR state <> 'erased');
UPDATE billing_accounts SET state_until = CASE
    WHEN state_since < 9223372036854775807 - 2592000000000000 THEN state_since + 2592000000000000 ELSE 9223372036854775807 END
    WHERE state = 'draining';
UPDATE billing_accounts SET due_at = state_until WHERE state = 'draining';

-- The processor's notices about the account: where they were asked for, and what their signatures are checked with.
ALTER TABLE billing_accounts ADD COLUMN subscription_state TEXT CHECK (subscription_state IS NULL OR state <> 'erased');
ALTER TABLE billing_accounts ADD COLUMN subscription_address TEXT
    CHECK ((subscription_address IS NULL) = (subscription_state IS NULL));
ALTER TABLE billing_accounts ADD COLUMN subscription_endpoint TEXT
    CHECK (subscription_endpoint IS NULL OR subscription_state IS NOT NULL);
ALTER TABLE billing_accounts ADD COLUMN subscription_sealed BLOB
    CHECK (subscription_sealed IS NULL OR subscription_state IS NOT NULL);
ALTER TABLE billing_accounts ADD COLUMN subscription_failures INTEGER
    CHECK ((subscription_failures IS NULL) = (subscription_state IS NULL));

CREATE INDEX billing_accounts_due ON billing_accounts (due_at) WHERE due_at IS NOT NULL;

-- The inbox of processors' notices: each once, whatever is delivered how often.
CREATE TABLE billing_notices (
    dispensary  BLOB    NOT NULL,
    account     BLOB    NOT NULL,
    notice      TEXT    NOT NULL,
    processor   TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    payment     BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    due_at      INTEGER CHECK ((due_at IS NULL) = (handled_at IS NOT NULL)),
    handled_at  INTEGER,
    revision    INTEGER NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, account, notice),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment)
) STRICT, WITHOUT ROWID;

CREATE INDEX billing_notices_unhandled ON billing_notices (dispensary, payment, received_at) WHERE handled_at IS NULL;
CREATE INDEX billing_notices_due ON billing_notices (due_at, dispensary, payment, account) WHERE due_at IS NOT NULL;
CREATE INDEX billing_notices_due_on ON billing_notices (dispensary, account, due_at, payment) WHERE due_at IS NOT NULL;

-- Who works on which account until when. No step reads or writes it: it guards no money, and may be emptied at any time.
CREATE TABLE billing_leases (
    dispensary BLOB    NOT NULL,
    account    BLOB    NOT NULL,
    holder     BLOB    NOT NULL,
    until      INTEGER NOT NULL,
    PRIMARY KEY (dispensary, account)
) STRICT, WITHOUT ROWID;

-- What is due, by account.
DROP INDEX billing_attempts_due;
CREATE INDEX billing_attempts_due ON billing_attempts (due_at, dispensary, payment, account, state)
    WHERE resolved_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX billing_attempts_due_on ON billing_attempts (dispensary, account, due_at, payment, state)
    WHERE resolved_at IS NULL AND due_at IS NOT NULL;
DROP INDEX billing_refunds_due;
CREATE INDEX billing_refunds_due ON billing_refunds (due_at, dispensary, payment, account) WHERE due_at IS NOT NULL;
CREATE INDEX billing_refunds_due_on ON billing_refunds (dispensary, account, due_at, payment) WHERE due_at IS NOT NULL;

-- What is open on an account, payment by payment.
DROP INDEX billing_refunds_pinned;
CREATE INDEX billing_refunds_pinned ON billing_refunds (dispensary, account, payment) WHERE resolved_at IS NULL;

-- The payment behind a processor's reference.
CREATE INDEX billing_attempts_reference ON billing_attempts (dispensary, account, reference, payment)
    WHERE reference IS NOT NULL;
CREATE INDEX billing_attempts_capture_reference ON billing_attempts (dispensary, account, capture_reference, payment)
    WHERE capture_reference IS NOT NULL;
CREATE INDEX billing_strays_reference ON billing_strays (dispensary, capture_reference, payment);
