-- The payments on one payable, newest first: what an invoice's page shows.
CREATE INDEX billing_payments_on ON billing_payments (dispensary, payable, payment);
