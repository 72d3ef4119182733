-- Every key leads with the dispensary: rows that meet in one statement lie in one shard. What is asked across dispensaries
-- (who else uses an account, what is due, what changed) has an index of its own and is never part of a step.
-- Times are nanoseconds since 1970-01-01T00:00:00Z; the two ends of the 64-bit range stand for the ends of time.
-- Money is whole minor units beside its currency. JSON holds only what is never searched or added up.
-- Text that is compared is compared byte by byte (COLLATE "C"), so that a new version of the system's rules cannot break an index.

-- A dispensary's last number. A step locks this row before anything else: its dispensary's steps follow one another.
CREATE TABLE billing_counters (
    dispensary UUID   NOT NULL PRIMARY KEY,
    seq        BIGINT NOT NULL CHECK (seq >= 0)
);

CREATE TABLE billing_dispensaries (
    dispensary UUID   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('office', 'personal')),
    owner      UUID   NOT NULL,
    name       TEXT   NOT NULL,
    unlocked   TEXT   NOT NULL,
    revision   BIGINT NOT NULL CHECK (revision > 0)
);

CREATE TABLE billing_accounts (
    dispensary            UUID   NOT NULL,
    account               UUID   NOT NULL,
    processor             TEXT   COLLATE "C" NOT NULL,
    version               BIGINT NOT NULL CHECK (version > 0),
    state                 TEXT   NOT NULL CHECK (state IN ('active', 'draining', 'erased')),
    state_since           BIGINT CHECK ((state_since IS NULL) = (state = 'active')),
    state_until           BIGINT CHECK ((state_until IS NOT NULL) = (state = 'draining')),
    public                TEXT   NOT NULL,
    masked                TEXT   NOT NULL,
    sealed                BYTEA  CHECK (sealed IS NULL OR state <> 'erased'),
    external_id           TEXT   COLLATE "C",
    business_name         TEXT,
    verified_at           BIGINT,
    remarks               TEXT   NOT NULL,
    trouble               TEXT,
    trouble_since         BIGINT CHECK ((trouble_since IS NULL) = (trouble IS NULL)),
    saved_at              BIGINT NOT NULL,
    saved_by              TEXT   NOT NULL,
    subscription_state    TEXT   CHECK (subscription_state IS NULL OR state <> 'erased'),
    subscription_address  TEXT   CHECK ((subscription_address IS NULL) = (subscription_state IS NULL)),
    subscription_endpoint TEXT   CHECK (subscription_endpoint IS NULL OR subscription_state IS NOT NULL),
    subscription_sealed   BYTEA  CHECK (subscription_sealed IS NULL OR subscription_state IS NOT NULL),
    subscription_failures BIGINT CHECK ((subscription_failures IS NULL) = (subscription_state IS NULL)),
    due_at                BIGINT CHECK (due_at IS NULL OR state <> 'erased'),
    revision              BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, account)
);

CREATE INDEX billing_accounts_external ON billing_accounts (processor, external_id) WHERE sealed IS NOT NULL;
CREATE INDEX billing_accounts_due ON billing_accounts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE billing_invoices (
    dispensary      UUID   NOT NULL,
    invoice         UUID   NOT NULL,
    version         BIGINT NOT NULL CHECK (version > 0),
    state           TEXT   NOT NULL CHECK (state IN ('draft', 'finalised', 'void')),
    number_prefix   TEXT   COLLATE "C",
    number_sequence BIGINT CHECK (number_sequence > 0 AND (number_prefix IS NULL) = (number_sequence IS NULL)),
    currency        TEXT   NOT NULL CHECK (length(currency) = 3),
    total_minor     BIGINT CHECK (total_minor >= 0),
    finalised_at    BIGINT,
    patient         TEXT   NOT NULL,
    billing         TEXT   NOT NULL,
    lines           TEXT   NOT NULL,
    discount        TEXT,
    detail          TEXT   NOT NULL,
    PRIMARY KEY (dispensary, invoice),
    CHECK (state = 'draft' OR (number_sequence IS NOT NULL AND total_minor IS NOT NULL AND finalised_at IS NOT NULL))
);

-- A number is given once; the next one is found at the index's end. Drafts without a number do not meet here.
CREATE UNIQUE INDEX billing_invoices_number ON billing_invoices (dispensary, number_sequence, number_prefix);

CREATE TABLE billing_payables (
    dispensary           UUID   NOT NULL,
    payable              TEXT   COLLATE "C" NOT NULL,
    version              BIGINT NOT NULL CHECK (version >= 0),
    currency             TEXT   NOT NULL CHECK (length(currency) = 3),
    total_minor          BIGINT NOT NULL CHECK (total_minor >= 0),
    paid_elsewhere_minor BIGINT NOT NULL CHECK (paid_elsewhere_minor >= 0),
    billing_name         TEXT   NOT NULL,
    PRIMARY KEY (dispensary, payable)
);

CREATE TABLE billing_payments (
    dispensary   UUID   NOT NULL,
    payment      UUID   NOT NULL,
    payable      TEXT   COLLATE "C" NOT NULL,
    processor    TEXT   COLLATE "C" NOT NULL,
    account      UUID   NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency     TEXT   NOT NULL CHECK (length(currency) = 3),
    opened_at    BIGINT NOT NULL,
    opened_by    TEXT   NOT NULL,
    PRIMARY KEY (dispensary, payment),
    FOREIGN KEY (dispensary, payable) REFERENCES billing_payables (dispensary, payable),
    FOREIGN KEY (dispensary, account) REFERENCES billing_accounts (dispensary, account)
);

-- The payments on one payable, newest first: what an invoice's page shows, and what a step on it is judged by.
CREATE INDEX billing_payments_on ON billing_payments (dispensary, payable, payment);

-- payable, account, amount_minor and currency are copied from the payment, never changed, and here for the indexes.
CREATE TABLE billing_attempts (
    dispensary             UUID   NOT NULL,
    payment                UUID   NOT NULL,
    no                     BIGINT NOT NULL CHECK (no > 0),
    payable                TEXT   COLLATE "C" NOT NULL,
    account                UUID   NOT NULL,
    amount_minor           BIGINT NOT NULL CHECK (amount_minor > 0),
    currency               TEXT   NOT NULL CHECK (length(currency) = 3),
    state                  TEXT   NOT NULL CHECK (state IN ('awaiting_cardholder', 'charging', 'dead', 'needs_review',
                                                            'processing', 'sending', 'succeeded', 'unknown')),
    detail                 TEXT   CHECK ((detail IS NOT NULL) = (state IN ('dead', 'needs_review'))),
    flow                   TEXT   NOT NULL,
    public                 TEXT   NOT NULL,
    submit_key             TEXT   NOT NULL,
    encoding               BIGINT NOT NULL CHECK (encoding BETWEEN 0 AND 65535),
    account_version        BIGINT NOT NULL CHECK (account_version >= 0),
    certainty              TEXT   NOT NULL CHECK (certainty IN ('not_sent', 'refused', 'unknown')),
    first_sent_at          BIGINT NOT NULL,
    begin_deadline         BIGINT NOT NULL,
    reference              TEXT   COLLATE "C",
    handed_over_at         BIGINT,
    sealed                 BYTEA,
    charge                 TEXT,
    cancel_tries           BIGINT NOT NULL CHECK (cancel_tries >= 0),
    idle_checks            BIGINT NOT NULL CHECK (idle_checks >= 0),
    due_at                 BIGINT,
    resolved_at            BIGINT CHECK ((resolved_at IS NOT NULL) = (state IN ('dead', 'succeeded'))),
    captured_minor         BIGINT CHECK (captured_minor >= 0 AND (captured_minor IS NOT NULL) = (state = 'succeeded')),
    captured_currency      TEXT   CHECK (length(captured_currency) = 3),
    capture_reference      TEXT   COLLATE "C",
    capture_charge         TEXT,
    capture_auth_code      TEXT,
    capture_receipt_number TEXT,
    capture_brand          TEXT,
    capture_last4          TEXT   CHECK (length(capture_last4) <= 4),
    captured_at            BIGINT,
    capture_source         TEXT,
    revision               BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, payment, no),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment)
);

-- One open card attempt per payable, whatever the code above believes.
CREATE UNIQUE INDEX billing_attempts_open ON billing_attempts (dispensary, payable) WHERE resolved_at IS NULL;
CREATE INDEX billing_attempts_pinned ON billing_attempts (dispensary, account, payment) WHERE resolved_at IS NULL;
CREATE INDEX billing_attempts_due ON billing_attempts (due_at, dispensary, payment, account, state)
    WHERE resolved_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX billing_attempts_due_on ON billing_attempts (dispensary, account, due_at, payment, state)
    WHERE resolved_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX billing_attempts_reference ON billing_attempts (dispensary, account, reference, payment)
    WHERE reference IS NOT NULL;
CREATE INDEX billing_attempts_capture_reference ON billing_attempts (dispensary, account, capture_reference, payment)
    WHERE capture_reference IS NOT NULL;

CREATE TABLE billing_tries (
    dispensary UUID   NOT NULL,
    payment    UUID   NOT NULL,
    no         BIGINT NOT NULL,
    place      BIGINT NOT NULL CHECK (place > 0),
    charge     TEXT,
    decline    TEXT   NOT NULL,
    PRIMARY KEY (dispensary, payment, no, place),
    FOREIGN KEY (dispensary, payment, no) REFERENCES billing_attempts (dispensary, payment, no)
);

-- payable is copied from the payment, never changed, and here for the indexes.
CREATE TABLE billing_strays (
    dispensary             UUID   NOT NULL,
    payment                UUID   NOT NULL,
    stray                  UUID   NOT NULL,
    payable                TEXT   COLLATE "C" NOT NULL,
    attempt_no             BIGINT NOT NULL CHECK (attempt_no > 0),
    found_at               BIGINT NOT NULL,
    captured_minor         BIGINT NOT NULL CHECK (captured_minor >= 0),
    captured_currency      TEXT   NOT NULL CHECK (length(captured_currency) = 3),
    capture_reference      TEXT   COLLATE "C" NOT NULL,
    capture_charge         TEXT   COLLATE "C",
    capture_auth_code      TEXT,
    capture_receipt_number TEXT,
    capture_brand          TEXT,
    capture_last4          TEXT   CHECK (length(capture_last4) <= 4),
    captured_at            BIGINT,
    capture_source         TEXT   NOT NULL,
    PRIMARY KEY (dispensary, payment, stray),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment)
);

-- The same money is written down once; a charge the processor did not name is one of its own.
CREATE UNIQUE INDEX billing_strays_once
    ON billing_strays (dispensary, payment, capture_reference, coalesce(capture_charge, ''));
CREATE UNIQUE INDEX billing_strays_id ON billing_strays (dispensary, stray);
CREATE INDEX billing_strays_reference ON billing_strays (dispensary, capture_reference, payment);

-- payable and account are copied from the payment, never changed, and here for the indexes. Of the two names of a capture
-- one is there.
CREATE TABLE billing_refunds (
    dispensary      UUID   NOT NULL,
    payment         UUID   NOT NULL,
    refund          UUID   NOT NULL,
    payable         TEXT   COLLATE "C" NOT NULL,
    account         UUID   NOT NULL,
    capture_attempt BIGINT,
    capture_stray   UUID   CHECK ((capture_stray IS NULL) = (capture_attempt IS NOT NULL)),
    amount_minor    BIGINT NOT NULL CHECK (amount_minor > 0),
    currency        TEXT   NOT NULL CHECK (length(currency) = 3),
    plan            TEXT   NOT NULL,
    submit_key      TEXT   NOT NULL,
    encoding        BIGINT NOT NULL CHECK (encoding BETWEEN 0 AND 65535),
    account_version BIGINT NOT NULL CHECK (account_version >= 0),
    state           TEXT   NOT NULL CHECK (state IN ('failed', 'needs_review', 'pending', 'sending', 'succeeded',
                                                     'unknown')),
    detail          TEXT   CHECK ((detail IS NOT NULL) = (state IN ('failed', 'needs_review'))),
    reference       TEXT,
    opened_by       TEXT   NOT NULL,
    first_sent_at   BIGINT NOT NULL,
    answer_deadline BIGINT NOT NULL,
    idle_checks     BIGINT NOT NULL CHECK (idle_checks >= 0),
    due_at          BIGINT,
    resolved_at     BIGINT CHECK ((resolved_at IS NOT NULL) = (state IN ('failed', 'succeeded'))),
    refunded_minor  BIGINT CHECK ((refunded_minor IS NOT NULL) = (state = 'succeeded') AND refunded_minor = amount_minor),
    revision        BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, payment, refund),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment),
    FOREIGN KEY (dispensary, payment, capture_attempt) REFERENCES billing_attempts (dispensary, payment, no),
    FOREIGN KEY (dispensary, payment, capture_stray) REFERENCES billing_strays (dispensary, payment, stray)
);

CREATE UNIQUE INDEX billing_refunds_id ON billing_refunds (dispensary, refund);
-- One unanswered refund of a capture, whatever the code above believes. A number and a UUID are never equal.
CREATE UNIQUE INDEX billing_refunds_unanswered
    ON billing_refunds (dispensary, payment, coalesce(capture_stray::text, capture_attempt::text))
    WHERE state IN ('sending', 'unknown');
CREATE INDEX billing_refunds_pinned ON billing_refunds (dispensary, account, payment) WHERE resolved_at IS NULL;
CREATE INDEX billing_refunds_due ON billing_refunds (due_at, dispensary, payment, account) WHERE due_at IS NOT NULL;
CREATE INDEX billing_refunds_due_on ON billing_refunds (dispensary, account, due_at, payment) WHERE due_at IS NOT NULL;

-- The inbox of processors' notices: each once, whatever is delivered how often.
CREATE TABLE billing_notices (
    dispensary  UUID   NOT NULL,
    account     UUID   NOT NULL,
    notice      TEXT   COLLATE "C" NOT NULL,
    processor   TEXT   COLLATE "C" NOT NULL,
    kind        TEXT   NOT NULL,
    payment     UUID   NOT NULL,
    received_at BIGINT NOT NULL,
    due_at      BIGINT CHECK ((due_at IS NULL) = (handled_at IS NOT NULL)),
    handled_at  BIGINT,
    revision    BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (dispensary, account, notice),
    FOREIGN KEY (dispensary, payment) REFERENCES billing_payments (dispensary, payment)
);

CREATE INDEX billing_notices_unhandled ON billing_notices (dispensary, payment, received_at, account, notice)
    WHERE handled_at IS NULL;
CREATE INDEX billing_notices_due ON billing_notices (due_at, dispensary, payment, account) WHERE due_at IS NOT NULL;
CREATE INDEX billing_notices_due_on ON billing_notices (dispensary, account, due_at, payment) WHERE due_at IS NOT NULL;

-- Who works on which account until when. No step reads or writes it: it guards no money, and may be emptied at any time.
CREATE TABLE billing_leases (
    dispensary UUID   NOT NULL,
    account    UUID   NOT NULL,
    holder     UUID   NOT NULL,
    until      BIGINT NOT NULL,
    PRIMARY KEY (dispensary, account)
);

-- One row per committed step. It is the step's audit row and its outbox row at once: what the outbox tells is part
-- of what the audit keeps, both last as long, and a step then costs one row less on the way to the disk.
-- The cursor is the order in which steps were written, for `changed_since`; see docs/scaling.md for how none is skipped.
CREATE SEQUENCE billing_cursor;

CREATE TABLE billing_steps (
    dispensary   UUID   NOT NULL,
    seq          BIGINT NOT NULL CHECK (seq > 0),
    step         UUID   NOT NULL,
    at           BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    action       TEXT   NOT NULL,
    subject_kind TEXT   NOT NULL,
    subject_id   TEXT   NOT NULL,
    note         TEXT   NOT NULL CHECK (length(note) <= 1000),
    cursor       BIGINT NOT NULL DEFAULT nextval('billing_cursor'),
    PRIMARY KEY (dispensary, seq)
);

CREATE UNIQUE INDEX billing_steps_once ON billing_steps (dispensary, step);
CREATE INDEX billing_steps_cursor ON billing_steps (cursor, dispensary);

CREATE VIEW billing_audit AS
    SELECT dispensary, seq, step, at, actor, action, subject_kind, subject_id, note FROM billing_steps;
CREATE VIEW billing_outbox AS
    SELECT cursor, dispensary, seq, at, action, subject_kind, subject_id FROM billing_steps;

-- Evidence is kept: rows that tell of money or of steps are changed by steps only where a step may change them, and never deleted.
CREATE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER billing_steps_never_changed BEFORE UPDATE OR DELETE ON billing_steps
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('audit and outbox are append-only');
CREATE TRIGGER billing_steps_never_emptied BEFORE TRUNCATE ON billing_steps
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse('audit and outbox are append-only');
CREATE TRIGGER billing_payments_never_changed BEFORE UPDATE OR DELETE ON billing_payments
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('a payment is pinned for life, and kept');
CREATE TRIGGER billing_payments_never_emptied BEFORE TRUNCATE ON billing_payments
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse('payments are kept');
CREATE TRIGGER billing_attempts_never_deleted BEFORE DELETE ON billing_attempts
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('attempts are kept');
CREATE TRIGGER billing_attempts_never_emptied BEFORE TRUNCATE ON billing_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse('attempts are kept');
CREATE TRIGGER billing_tries_never_changed BEFORE UPDATE OR DELETE ON billing_tries
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('refused cards are kept');
CREATE TRIGGER billing_tries_never_emptied BEFORE TRUNCATE ON billing_tries
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse('refused cards are kept');
CREATE TRIGGER billing_strays_never_changed BEFORE UPDATE OR DELETE ON billing_strays
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('stray charges are kept');
CREATE TRIGGER billing_strays_never_emptied BEFORE TRUNCATE ON billing_strays
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse('stray charges are kept');
CREATE TRIGGER billing_refunds_never_another BEFORE UPDATE ON billing_refunds
    FOR EACH ROW
    WHEN ((OLD.dispensary, OLD.payment, OLD.refund, OLD.payable, OLD.account, OLD.capture_attempt, OLD.capture_stray,
           OLD.amount_minor, OLD.currency, OLD.plan, OLD.submit_key, OLD.encoding, OLD.opened_by, OLD.first_sent_at)
          IS DISTINCT FROM
          (NEW.dispensary, NEW.payment, NEW.refund, NEW.payable, NEW.account, NEW.capture_attempt, NEW.capture_stray,
           NEW.amount_minor, NEW.currency, NEW.plan, NEW.submit_key, NEW.encoding, NEW.opened_by, NEW.first_sent_at))
    EXECUTE FUNCTION billing_refuse('what a refund gives back never changes');
CREATE TRIGGER billing_refunds_never_deleted BEFORE DELETE ON billing_refunds
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('refunds are kept');
CREATE TRIGGER billing_refunds_never_emptied BEFORE TRUNCATE ON billing_refunds
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse('refunds are kept');
