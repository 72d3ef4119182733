-- Twenty thousand payments of two thousand dispensaries, for the tests of plans: one look in ten is open.
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(to_hex(n), 32, '0')::uuid $$;
INSERT INTO billing_accounts (dispensary, account, processor, version, state, public, masked, sealed, external_id,
        remarks, saved_at, saved_by, due_at, revision)
    SELECT pg_temp.id(n), pg_temp.id(n), 'stripe', 1, 'active', '{}', '{}', '\x00', 'acct_' || n, '[]', 0, 'system',
        CASE WHEN n % 50 = 0 THEN n END, 1 FROM generate_series(1, 2000) n;
INSERT INTO billing_payments
    SELECT pg_temp.id(n % 2000), pg_temp.id(n), 'p' || n / 4, 'stripe', pg_temp.id(n % 2000), 1, 'CAD', 0, 'system'
    FROM generate_series(1, 20000) n;
INSERT INTO billing_attempts (dispensary, payment, no, payable, account, amount_minor, currency, state, detail, flow, public,
        submit_key, encoding, account_version, certainty, first_sent_at, begin_deadline, reference, cancel_tries, idle_checks,
        due_at, resolved_at, revision)
    SELECT dispensary, payment, 1, 'p' || n, account, 1, 'CAD', CASE WHEN n % 10 = 0 THEN 'sending' ELSE 'dead' END,
        CASE WHEN n % 10 > 0 THEN '{}' END, '', '{}', '', 1, 1, 'unknown', 0, 0, 'pi_' || n, 0, 0,
        CASE WHEN n % 10 = 0 THEN n END, CASE WHEN n % 10 > 0 THEN n END, 1
    FROM (SELECT *, row_number() OVER () AS n FROM billing_payments) p;
INSERT INTO billing_refunds (dispensary, payment, refund, payable, account, capture_attempt, amount_minor, currency, plan,
        submit_key, encoding, account_version, state, detail, opened_by, first_sent_at, answer_deadline, idle_checks, due_at,
        resolved_at, revision)
    SELECT dispensary, payment, payment, payable, account, 1, 1, 'CAD', 'refund', '', 1, 1,
        CASE WHEN n % 10 = 0 THEN 'pending' ELSE 'failed' END, CASE WHEN n % 10 > 0 THEN '{}' END, 'system', 0, 0, 0,
        CASE WHEN n % 10 = 0 THEN n END, CASE WHEN n % 10 > 0 THEN n END, 1
    FROM (SELECT *, row_number() OVER () AS n FROM billing_payments) p;
INSERT INTO billing_strays (dispensary, payment, stray, payable, attempt_no, found_at, captured_minor, captured_currency,
        capture_reference, capture_source)
    SELECT dispensary, payment, payment, payable, 1, 0, 1, 'CAD', 'pi_late_' || n, 'processor'
    FROM (SELECT *, row_number() OVER () AS n FROM billing_payments) p;
INSERT INTO billing_notices (dispensary, account, notice, processor, kind, payment, received_at, due_at, handled_at, revision)
    SELECT dispensary, account, 'evt_' || n, 'stripe', '', payment, 0,
        CASE WHEN n % 10 = 0 THEN n END, CASE WHEN n % 10 > 0 THEN n END, 1
    FROM (SELECT *, row_number() OVER () AS n FROM billing_payments) p;
INSERT INTO billing_invoices (dispensary, invoice, version, state, number_prefix, number_sequence, currency, total_minor,
        finalised_at, patient, billing, lines, detail)
    SELECT dispensary, payment, 1, 'finalised', '', n, 'CAD', 1, 1, '', '{}', '[]', '{}'
    FROM (SELECT *, row_number() OVER () AS n FROM billing_payments) p;
INSERT INTO billing_steps (dispensary, seq, step, at, actor, action, subject_kind, subject_id, note)
    SELECT dispensary, n, payment, 0, '', '', '', '', '' FROM (SELECT *, row_number() OVER () AS n FROM billing_payments) p;
ANALYZE;
