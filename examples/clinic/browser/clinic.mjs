// A clinic of one's own: the program as it is built, on data of its own, and people at browsers in front of it. What they do there is
// in visit.mjs, what must come of it in the `*.test.mjs` files.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

import { OFFICE, Visit } from "./visit.mjs";

const CLINIC = process.env.CLINIC ?? new URL("../../../target/debug/clinic", import.meta.url).pathname;
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a browser looks for something before the test fails: long, because a machine may be busy. */
const PATIENCE = 120_000;

export function launchBrowser() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

export class Clinic {
  #browser;
  #data;
  #process;
  #said = [];
  #visits = [];
  #addresses = { clinic: "127.0.0.1:0", standIn: "127.0.0.1:0", monerisStandIn: "127.0.0.1:0" };

  constructor(browser, data) {
    this.#browser = browser;
    this.#data = data;
  }

  /** A clinic on its first day, open. */
  static async open(browser) {
    const clinic = new Clinic(browser, await mkdtemp(join(tmpdir(), "clinic-")));
    await clinic.start();
    return clinic;
  }

  /** Starts the program and waits until it says where it is; after a stop it comes back at the same address. */
  async start() {
    const environment = { ...process.env };
    delete environment.BILLING_SEAL_KEYS;
    this.#process = spawn(CLINIC, ["--data", this.#data, "--notices", "off"], {
      env: {
        ...environment,
        CLINIC_ADDR: this.#addresses.clinic,
        CLINIC_STAND_IN_ADDR: this.#addresses.standIn,
        CLINIC_MONERIS_STAND_IN_ADDR: this.#addresses.monerisStandIn,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stderr.on("data", (text) => this.#said.push(String(text)));
    this.url = await new Promise((resolve, reject) => {
      this.#process.once("exit", (code) => reject(new Error(`the clinic ended with ${code}: ${this.#said.join("")}`)));
      this.#process.once("error", reject);
      createInterface(this.#process.stdout).on("line", (line) => {
        this.#said.push(`${line}\n`);
        const found = /^Clinic on (http:\S+)/.exec(line);
        if (found) resolve(found[1]);
      });
    });
    this.#addresses.clinic = new URL(this.url).host;
  }

  /** Ends the program with this signal and waits until it is gone. */
  async stop(signal) {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  async close() {
    for (const visit of this.#visits) await visit.leave();
    await this.stop("SIGKILL");
    await rm(this.#data, { recursive: true, force: true });
  }

  /** Somebody at a browser of their own; signed in, unless nobody is named. */
  async visit(person, { language = "en", width = 1280, height = 900, dark = false, javaScript = true } = {}) {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      locale: language === "fr" ? "fr-CA" : "en-CA",
      reducedMotion: "reduce",
      javaScriptEnabled: javaScript,
    });
    context.setDefaultTimeout(PATIENCE);
    const visit = new Visit(this, context, await context.newPage());
    this.#visits.push(visit);
    await visit.watch();
    if (person) await visit.signIn(person, language);
    return visit;
  }

  /** The office's owner saves the stand-in's keys. */
  async connectStripe() {
    const owner = await this.visit("owner");
    await owner.open(`/d/${OFFICE}/settings`);
    await owner.saveKeys();
    await owner.sees("The keys are saved.");
    await owner.leave();
  }

  /** The office's owner saves the stand-in's store at Moneris. */
  async connectMoneris(options) {
    const owner = await this.visit("owner");
    await owner.open(`/d/${OFFICE}/settings`);
    await owner.saveStore(options);
    await owner.sees("The keys are saved.");
    await owner.leave();
  }

  /** What each order at Moneris's stand-in took and gave back, in cents, oldest first: what happened, whatever anybody says. */
  async orders() {
    const { state } = JSON.parse(await readFile(join(this.#data, "stand-in-moneris.json"), "utf8"));
    const approved = (slip) => slip?.answer && slip.answer.code < 50;
    const orders = Object.values(state.stores).flatMap(({ orders }) => Object.values(orders));
    const sum = (slips) => slips.filter(approved).reduce((all, { amount }) => all + amount, 0);
    orders.sort((one, other) => one.sale.number - other.sale.number);
    return orders.map(({ sale, refunds, correction, successful_charges }) => ({
      taken: approved(sale) ? sale.amount : 0,
      back: sum([...refunds, correction]),
      charges: successful_charges,
    }));
  }

  /** What was given back at Stripe's stand-in, in cents. */
  async refunded() {
    const { state } = JSON.parse(await readFile(join(this.#data, "stand-in-stripe.json"), "utf8"));
    const refunds = state.intents.flatMap((intent) => intent.refunds);
    return refunds.filter(({ progress }) => progress === "Succeeded").reduce((all, { amount }) => all + amount, 0);
  }

  /** How often money was taken at the stand-in, for each PaymentIntent there is: what happened, whatever anybody says. */
  async captured() {
    const { state } = JSON.parse(await readFile(join(this.#data, "stand-in-stripe.json"), "utf8"));
    return state.intents.map(({ charges }) => charges.filter(({ status }) => status === "Succeeded").length);
  }

  /** What the program and the browsers said, for whoever looks into a failure. */
  diary() {
    return [...this.#visits.flatMap((visit) => visit.unexpected()), ...this.#said].join("\n");
  }

  assertNothingWentWrong() {
    const complaints = this.#visits.flatMap((visit) => visit.unexpected());
    assert.deepEqual(complaints, [], "the browser has nothing to complain about");
    assert.doesNotMatch(this.#said.join(""), /panicked/, "no part of the program panicked");
  }
}
