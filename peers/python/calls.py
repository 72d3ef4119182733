"""The calls of stripe-python, measured: `calls.py <url> <calls> <in flight> <warm-up calls>` prints one line of JSON, as the Rust
contenders do (crates/billing-bench/src/calls/driver.rs)."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import stripe

# Read when the client connects; the environment's own variables are not asked by this library.
stripe.ca_bundle_path = os.environ.get("SSL_CERT_FILE", stripe.ca_bundle_path)


def main() -> None:
    url, (calls, in_flight, warm_up) = sys.argv[1], map(int, sys.argv[2:])
    client = stripe.StripeClient(
        "_".join(["sk", "live", "51BenchBenchBenchBenchBench"]),
        base_addresses={"api": url},
        max_network_retries=0,
    )
    stripe.enable_telemetry = False

    with ThreadPoolExecutor(in_flight) as pool:
        create_all(pool, client, range(warm_up))
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        create_all(pool, client, range(warm_up, warm_up + calls))
        measured = {
            "calls": calls,
            "wall_ns": time.perf_counter_ns() - wall,
            "cpu_ns": time.process_time_ns() - cpu,
            "cpu_since_start_ns": time.process_time_ns(),
            "allocations": None,
        }
    print(json.dumps(measured))


def create_all(pool: ThreadPoolExecutor, client: stripe.StripeClient, numbers: range) -> None:
    # The list is what makes a call's exception ours.
    list(pool.map(lambda number: create(client, number), numbers))


def create(client: stripe.StripeClient, number: int) -> None:
    payment, amount = f"01930000-0000-7000-8000-{number:012x}", 12345
    intent = client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "cad",
            "allowed_payment_method_types": ["card"],
            "capture_method": "automatic",
            "metadata": {"payment_id": payment, "invoice_id": f"INV-{number}"},
        },
        {"idempotency_key": f"{payment}-1"},
    )
    is_whole = (
        intent.id.startswith("pi_") and intent.status == "requires_payment_method" and intent.client_secret is not None
    )
    is_ours = intent.amount == amount and intent.currency == "cad"
    if not (is_whole and is_ours):
        raise ValueError("another intent than was asked for")


main()
