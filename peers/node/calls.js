// The calls of stripe-node, measured: `node calls.js <url> <calls> <in flight> <warm-up calls>` prints one line of JSON, as the Rust
// contenders do (crates/billing-bench/src/calls/driver.rs).

import Stripe from "stripe";

const [url, calls, inFlight, warmUp] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const { protocol, hostname, port } = new URL(url);
const stripe = new Stripe(["sk", "live", "51BenchBenchBenchBenchBench"].join("_"), {
  host: hostname,
  port,
  protocol: protocol.slice(0, -1),
  maxNetworkRetries: 0,
  telemetry: false,
});

await createAll(0, warmUp);
const [wall, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
await createAll(warmUp, warmUp + calls);
const measured = {
  calls,
  wall_ns: Number(process.hrtime.bigint() - wall),
  cpu_ns: nanoseconds(process.cpuUsage(cpu)),
  cpu_since_start_ns: nanoseconds(process.cpuUsage()),
  allocations: null,
};
console.log(JSON.stringify(measured));

async function createAll(from, to) {
  let next = from;
  const worker = async () => {
    while (next < to) await create(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function create(number) {
  const payment = `01930000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
  const amount = 12345;
  const intent = await stripe.paymentIntents.create(
    {
      amount,
      currency: "cad",
      allowed_payment_method_types: ["card"],
      capture_method: "automatic",
      metadata: { payment_id: payment, invoice_id: `INV-${number}` },
    },
    { idempotencyKey: `${payment}-1` },
  );
  const isWhole =
    intent.id.startsWith("pi_") && intent.status === "requires_payment_method" && intent.client_secret !== null;
  const isOurs = intent.amount === amount && intent.currency === "cad";
  if (!(isWhole && isOurs)) throw new Error("another intent than was asked for");
}

function nanoseconds({ user, system }) {
  return (user + system) * 1000;
}
