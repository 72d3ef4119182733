-- Patient billing on SQLite, version 1.
--
-- Every key leads with the dispensary, except that of the steps, which is the cursor over all of them. UUIDs are 16-byte blobs, so that their order is the order of the rows' ages.
-- Times are nanoseconds since 1970-01-01T00:00:00Z; the two ends of the 64-bit range stand for the ends of time.
-- Money is whole minor units beside its currency. JSON holds only what is never searched or added up.

CREATE TABLE billing_dispensaries (
    dispensary  BLOB    NOT NULL PRIMARY KEY CHECK (length(dispensary) = 16),
    kind        TEXT    NOT NULL CHECK (kind IN ('office', 'personal')),
    owner       BLOB    NOT NULL CHECK (length(owner) = 16),
    name        TEXT    NOT NULL,
    unlocked    TEXT    NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_accounts (
    dispensary    BLOB    NOT NULL CHECK (length(dispensary) = 16),
    account       BLOB    NOT NULL CHECK (length(account) = 16),
    processor     TEXT    NOT NULL,
    version       INTEGER NOT NULL CHECK (version > 0),
    state         TEXT    NOT NULL CHECK (state IN ('active', 'draining', 'erased')),
    state_since   INTEGER CHECK ((state_since IS NULL) = (state = 'active')),
    public        TEXT    NOT NULL,
    masked        TEXT    NOT NULL,
    sealed        BLOB    CHECK (sealed IS NULL OR state <> 'erased'),
    external_id   TEXT,
    business_name TEXT,
    verified_at   INTEGER,
    remarks       TEXT    NOT NULL,
    trouble       TEXT,
    trouble_since INTEGER CHECK ((trouble_since IS NULL) = (trouble IS NULL)),
    saved_at      INTEGER NOT NULL,
    saved_by      TEXT    NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, account)
) STRICT, WITHOUT ROWID;

-- The one question asked across dispensaries: who else uses this account?
CREATE INDEX billing_accounts_external ON billing_accounts (processor, external_id) WHERE sealed IS NOT NULL;

CREATE TABLE billing_invoices (
    dispensary      BLOB    NOT NULL CHECK (length(dispensary) = 16),
    invoice         BLOB    NOT NULL CHECK (length(invoice) = 16),
    version         INTEGER NOT NULL CHECK (version > 0),
    state           TEXT    NOT NULL CHECK (state IN ('draft', 'finalised', 'void')),
    number_prefix   TEXT,
    number_sequence INTEGER CHECK (number_sequence > 0 AND (number_prefix IS NULL) = (number_sequence IS NULL)),
    currency        TEXT    NOT NULL CHECK (length(currency) = 3),
    total_minor     INTEGER CHECK (total_minor >= 0),
    finalised_at    INTEGER,
    patient         TEXT    NOT NULL,
    billing         TEXT    NOT NULL,
    lines           TEXT    NOT NULL,
    discount        TEXT,
    detail          TEXT    NOT NULL,
    PRIMARY KEY (dispensary, invoice),
    CHECK (state = 'draft' OR (number_sequence IS NOT NULL AND total_minor IS NOT NULL AND finalised_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A number is given once; the next one is found at the index's end. Drafts without a number do not meet here.
CREATE UNIQUE INDEX billing_invoices_number ON billing_invoices (dispensary, number_sequence, number_prefix);

CREATE TABLE billing_payables (
    dispensary           BLOB    NOT NULL CHECK (length(dispensary) = 16),
    payable              TEXT    NOT NULL,
    version              INTEGER NOT NULL CHECK (version >= 0),
    currency             TEXT    NOT NULL CHECK (length(currency) = 3),
    total_minor          INTEGER NOT NULL CHECK (total_minor >= 0),
    paid_elsewhere_minor INTEGER NOT NULL CHECK (paid_elsewhere_minor >= 0),
    billing_name         TEXT    NOT NULL,
    PRIMARY KEY (dispensary, payable)
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_payments (
    dispensary   BLOB    NOT NULL CHECK (length(dispensary) = 16),
    payment      BLOB    NOT NULL CHECK (length(payment) = 16),
    payable      TEXT    NOT NULL,
    processor    TEXT    NOT NULL,
    account      BLOB    NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency     TEXT    NOT NULL CHECK (length(currency) = 3),
    opened_at    INTEGER NOT NULL,
    opened_by    TEXT    NOT NULL,
    PRIMARY KEY (dispensary, payment),
    FOREIGN KEY (dispensary, payable) REFERENCES billing_payables (dispensary, payable),
    FOREIGN KEY (dispensary, account) REFERENCES billing_accounts (dispensary, account)
) STRICT, WITHOUT ROWID;

-- payable, account, amount_minor and currency are copied from the payment, never changed, and here for the indexes.
CREATE TABLE billing_attempts (
    dispensary        BLOB    NOT NULL,
    payment           BLOB    NOT NULL,
    no                INTEGER NOT NULL CHECK (no > 0),
    payable           TEXT    NOT NULL,
    account           BLOB    NOT NULL,
    amount_minor      INTEGER NOT NULL CHECK (amount_minor > 0),
    currency          TEXT    NOT NULL CHECK (length(currency) = 3),
    state             TEXT    NOT NULL CHECK (state IN ('awaiting_cardholder', 'charging', 'dead', 'needs_review',
                                                        'processing', 'sending', 'succeeded', 'unknown')),
    detail            TEXT    CHECK ((detail IS NOT NULL) = (state IN ('dead', 'needs_review'))),
    flow              TEXT    NOT NULL,
    public            TEXT    NOT NULL,
    submit_key        TEXT    NOT NULL,
    encoding          INTEGER NOT NULL CHECK (encoding BETWEEN 0 AND 65535),
    account_version   INTEGER NOT NULL CHECK (account_version >= 0),
    certainty         TEXT    NOT NULL CHECK (certainty IN ('not_sent', 'refused', 'unknown')),
    first_sent_at     INTEGER NOT NULL,
    begin_deadline    INTEGER NOT NULL,
    reference         TEXT,
    handed_over_at    INTEGER,
    cancel_tries      INTEGER NOT NULL CHECK (cancel_tries >= 0),
    idle_checks       INTEGER NOT NULL CHECK (idle_checks >= 0),
    due_at            INTEGER,
    resolved_at       INTEGER CHECK ((resolved_at IS NOT NULL) = (state IN ('dead', 'succeeded'))),
    captured_minor    INTEGER CHECK (captured_minor >= 0 AND (captured_minor IS NOT NULL) = (state = 'succeeded')),
    captured_currency TEXT    CHECK (length(captured_currency) = 3),
    capture_reference TEXT,
    capture_charge    TEXT,
    capture_auth_code TEXT,
    capture_brand     TEXT,
    capture_last4     TEXT    CHECK (length(capture_last4) <= 4),
    captured_at       INTEGER,
    capture_source    TEXT,
    revision          INTEGER NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, payment, no),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment)
) STRICT, WITHOUT ROWID;

-- One open card attempt per payable, whatever the code above believes.
CREATE UNIQUE INDEX billing_attempts_open ON billing_attempts (dispensary, payable) WHERE resolved_at IS NULL;
CREATE INDEX billing_attempts_pinned ON billing_attempts (dispensary, account, payment) WHERE resolved_at IS NULL;
CREATE INDEX billing_attempts_due ON billing_attempts (due_at, dispensary, payment) WHERE resolved_at IS NULL;
CREATE INDEX billing_attempts_captured
    ON billing_attempts (dispensary, payable, captured_currency, captured_minor) WHERE captured_minor IS NOT NULL;

CREATE TABLE billing_tries (
    dispensary BLOB    NOT NULL,
    payment    BLOB    NOT NULL,
    no         INTEGER NOT NULL,
    place      INTEGER NOT NULL CHECK (place > 0),
    charge     TEXT,
    decline    TEXT    NOT NULL,
    PRIMARY KEY (dispensary, payment, no, place),
    FOREIGN KEY (dispensary, payment, no) REFERENCES billing_attempts (dispensary, payment, no)
) STRICT, WITHOUT ROWID;

CREATE TABLE billing_strays (
    dispensary        BLOB    NOT NULL,
    payment           BLOB    NOT NULL,
    stray             BLOB    NOT NULL CHECK (length(stray) = 16),
    payable           TEXT    NOT NULL,
    attempt_no        INTEGER NOT NULL CHECK (attempt_no > 0),
    found_at          INTEGER NOT NULL,
    captured_minor    INTEGER NOT NULL CHECK (captured_minor >= 0),
    captured_currency TEXT    NOT NULL CHECK (length(captured_currency) = 3),
    capture_reference TEXT    NOT NULL,
    capture_charge    TEXT,
    capture_auth_code TEXT,
    capture_brand     TEXT,
    capture_last4     TEXT    CHECK (length(capture_last4) <= 4),
    captured_at       INTEGER,
    capture_source    TEXT    NOT NULL,
    PRIMARY KEY (dispensary, payment, stray),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment)
) STRICT, WITHOUT ROWID;

-- The same money is written down once; a charge the processor did not name is one of its own.
CREATE UNIQUE INDEX billing_strays_once
    ON billing_strays (dispensary, payment, capture_reference, ifnull(capture_charge, ''));
CREATE UNIQUE INDEX billing_strays_id ON billing_strays (dispensary, stray);
CREATE INDEX billing_strays_captured
    ON billing_strays (dispensary, payable, captured_currency, captured_minor);

-- One row per committed step. It is the step's audit row and its outbox row at once: what the outbox tells is part
-- of what the audit keeps, both last as long, and a step then costs one row less on the way to the disk.
CREATE TABLE billing_steps (
    cursor       INTEGER NOT NULL PRIMARY KEY,
    dispensary   BLOB    NOT NULL CHECK (length(dispensary) = 16),
    seq          INTEGER NOT NULL CHECK (seq > 0),
    step         BLOB    NOT NULL CHECK (length(step) = 16),
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    subject_kind TEXT    NOT NULL,
    subject_id   TEXT    NOT NULL,
    note         TEXT    NOT NULL CHECK (length(note) <= 1000)
) STRICT;

CREATE UNIQUE INDEX billing_steps_seq ON billing_steps (dispensary, seq);
CREATE UNIQUE INDEX billing_steps_once ON billing_steps (dispensary, step);

CREATE VIEW billing_audit AS
    SELECT dispensary, seq, step, at, actor, action, subject_kind, subject_id, note FROM billing_steps;
CREATE VIEW billing_outbox AS
    SELECT cursor, dispensary, seq, at, action, subject_kind, subject_id FROM billing_steps;

CREATE TRIGGER billing_steps_never_changed BEFORE UPDATE ON billing_steps
    BEGIN SELECT RAISE(ABORT, 'audit and outbox are append-only'); END;
CREATE TRIGGER billing_steps_never_deleted BEFORE DELETE ON billing_steps
    BEGIN SELECT RAISE(ABORT, 'audit and outbox are append-only'); END;

-- Evidence is kept: rows that tell of money are changed by steps, never deleted.
CREATE TRIGGER billing_payments_never_changed BEFORE UPDATE ON billing_payments
    BEGIN SELECT RAISE(ABORT, 'a payment is pinned for life'); END;
CREATE TRIGGER billing_payments_never_deleted BEFORE DELETE ON billing_payments
    BEGIN SELECT RAISE(ABORT, 'payments are kept'); END;
CREATE TRIGGER billing_attempts_never_deleted BEFORE DELETE ON billing_attempts
    BEGIN SELECT RAISE(ABORT, 'attempts are kept'); END;
CREATE TRIGGER billing_tries_never_changed BEFORE UPDATE ON billing_tries
    BEGIN SELECT RAISE(ABORT, 'refused cards are kept'); END;
CREATE TRIGGER billing_tries_never_deleted BEFORE DELETE ON billing_tries
    BEGIN SELECT RAISE(ABORT, 'refused cards are kept'); END;
CREATE TRIGGER billing_strays_never_changed BEFORE UPDATE ON billing_strays
    BEGIN SELECT RAISE(ABORT, 'stray charges are kept'); END;
CREATE TRIGGER billing_strays_never_deleted BEFORE DELETE ON billing_strays
    BEGIN SELECT RAISE(ABORT, 'stray charges are kept'); END;
