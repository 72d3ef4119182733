-- Server-side charges: what their calls need (sealed), and the charge with its one status check.
ALTER TABLE billing_attempts ADD COLUMN sealed BLOB;
ALTER TABLE billing_attempts ADD COLUMN charge TEXT;

-- What the processor wants printed on receipts.
ALTER TABLE billing_attempts ADD COLUMN capture_receipt_number TEXT;
ALTER TABLE billing_strays ADD COLUMN capture_receipt_number TEXT;

-- payable and account are copied from the payment, never changed, and here for the indexes. Of the two names of a capture
-- one is there.
CREATE TABLE billing_refunds (
    dispensary      BLOB    NOT NULL,
    payment         BLOB    NOT NULL,
    refund          BLOB    NOT NULL CHECK (length(refund) = 16),
    payable         TEXT    NOT NULL,
    account         BLOB    NOT NULL,
    capture_attempt INTEGER,
    capture_stray   BLOB    CHECK ((capture_stray IS NULL) = (capture_attempt IS NOT NULL)),
    amount_minor    INTEGER NOT NULL CHECK (amount_minor > 0),
    currency        TEXT    NOT NULL CHECK (length(currency) = 3),
    plan            TEXT    NOT NULL,
    submit_key      TEXT    NOT NULL,
    encoding        INTEGER NOT NULL CHECK (encoding BETWEEN 0 AND 65535),
    account_version INTEGER NOT NULL CHECK (account_version >= 0),
    state           TEXT    NOT NULL CHECK (state IN ('failed', 'needs_review', 'pending', 'sending', 'succeeded',
                                                      'unknown')),
    detail          TEXT    CHECK ((detail IS NOT NULL) = (state IN ('failed', 'needs_review'))),
    reference       TEXT,
    opened_by       TEXT    NOT NULL,
    first_sent_at   INTEGER NOT NULL,
    answer_deadline INTEGER NOT NULL,
    idle_checks     INTEGER NOT NULL CHECK (idle_checks >= 0),
    due_at          INTEGER,
    resolved_at     INTEGER CHECK ((resolved_at IS NOT NULL) = (state IN ('failed', 'succeeded'))),
    refunded_minor  INTEGER CHECK ((refunded_minor IS NOT NULL) = (state = 'succeeded') AND refunded_minor = amount_minor),
    revision        INTEGER NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, payment, refund),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment),
    FOREIGN KEY (dispensary, payment, capture_attempt) REFERENCES billing_attempts (dispensary, payment, no),
    FOREIGN KEY (dispensary, payment, capture_stray) REFERENCES billing_strays (dispensary, payment, stray)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX billing_refunds_id ON billing_refunds (dispensary, refund);
-- One unanswered refund of a capture, whatever the code above believes. A number and a blob are never equal.
CREATE UNIQUE INDEX billing_refunds_unanswered ON billing_refunds (dispensary, payment, ifnull(capture_stray, capture_attempt))
    WHERE state IN ('sending', 'unknown');
CREATE INDEX billing_refunds_pinned ON billing_refunds (dispensary, account) WHERE resolved_at IS NULL;
CREATE INDEX billing_refunds_due ON billing_refunds (due_at, dispensary, payment) WHERE resolved_at IS NULL;
CREATE INDEX billing_refunds_succeeded
    ON billing_refunds (dispensary, payable, currency, refunded_minor) WHERE refunded_minor IS NOT NULL;

CREATE TRIGGER billing_refunds_never_another BEFORE UPDATE OF dispensary, payment, refund, payable, account, capture_attempt,
    capture_stray, amount_minor, currency, plan, submit_key, encoding, opened_by, first_sent_at ON billing_refunds
    BEGIN SELECT RAISE(ABORT, 'what a refund gives back never changes'); END;
CREATE TRIGGER billing_refunds_never_deleted BEFORE DELETE ON billing_refunds
    BEGIN SELECT RAISE(ABORT, 'refunds are kept'); END;
