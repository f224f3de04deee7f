// Sends what is kept on the device, in the order it was recorded, each as often as it takes. The
// server knows every entry by its id, so sending one twice does no harm.
import { keep, keepInstead, outbox, photograph, settle } from "./store.js";

const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 300_000;
const TIMEOUT = 60_000;

export class Sender extends EventTarget {
  // api: address of the session end-point; officer: who this page belongs to.
  constructor(api, officer) {
    super();
    this.api = new URL(api, location.href);
    this.officer = officer;
    this.state = "idle"; // idle, sending, offline, login
    this.progress = "";
    this.failures = 0;
  }

  async own() {
    const entries = (await outbox()).filter((entry) => entry.officer === this.officer);
    return entries.sort((a, b) => a.savedAt - b.savedAt);
  }

  async add(entry) {
    const same = (one) => one.kind === entry.kind && one.order === entry.order;
    await keepInstead(entry, (await this.own()).filter(same));
    if (navigator.storage?.persist) navigator.storage.persist();
    this.changed();
  }

  async discard(entry) {
    await settle(entry);
    this.changed();
  }

  changed(settled = null) {
    this.dispatchEvent(new CustomEvent("change", { detail: { settled } }));
  }

  enter(state) {
    this.state = state;
    this.changed();
  }

  // Send everything that waits. Only one page at a time sends.
  async send() {
    clearTimeout(this.timer);
    if (!navigator.locks) return this.drain();
    return navigator.locks.request("tidewaiter-control-send", { ifAvailable: true }, (lock) => lock && this.drain());
  }

  async drain() {
    const waiting = (await this.own()).filter((entry) => !entry.problem);
    if (!waiting.length) return this.enter("idle");
    if (!navigator.onLine) return this.later("offline");
    this.enter("sending");
    try {
      const session = await this.session();
      if (!session) return this.enter("login");
      for (const entry of waiting) await this.one(entry, session.token);
    } catch (error) {
      if (error instanceof SignedOut) return this.enter("login");
      console.warn("not sent yet:", error);
      return this.later("offline");
    }
    this.failures = 0;
    this.enter("idle");
  }

  later(state) {
    const wait = Math.min(FIRST_WAIT * 2 ** this.failures, LONGEST_WAIT);
    this.failures += 1;
    this.timer = setTimeout(() => this.send(), wait * (0.75 + Math.random() / 2));
    this.enter(state);
  }

  // Who is signed in now; null if nobody, or somebody else.
  async session() {
    const answer = await this.ask(this.api);
    const told = await answer.json();
    return told.officer === this.officer ? told : null;
  }

  async ask(address, options = {}) {
    const answer = await fetch(address, {
      ...options, redirect: "manual", cache: "no-store", credentials: "same-origin",
      headers: { Accept: "application/json", ...options.headers }, signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut();
    if (answer.status >= 500 || answer.status === 429) throw new Error(`the server answered ${answer.status}`);
    return answer;
  }

  async post(entry, what, fields, token) {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    body.append("officer", entry.officer);
    const address = new URL(`orders/${entry.order}/${what}`, this.api);
    const answer = await this.ask(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const json = answer.headers.get("Content-Type")?.startsWith("application/json");
    const told = json ? await answer.json() : { code: String(answer.status), message: answer.statusText };
    return { ok: answer.ok, ...told };
  }

  async one(entry, token) {
    if (entry.kind === "result" && !(await this.photographs(entry, token))) return;
    const fields = entry.kind === "result" ? [...entry.fields, ["sent_at", new Date().toISOString()]] : entry.fields;
    let told = await this.post(entry, entry.kind, fields, token);
    if (told.code === "photographs") {
      entry.photographs = entry.photographs.map((one) => ({ ...one, sent: one.sent && !told.missing.includes(one.id) }));
      if (!(await this.photographs(entry, token))) return;
      told = await this.post(entry, entry.kind, fields, token);
    }
    if (told.ok || entry.kind === "start") {
      // A begin that is refused needs no answer: the result that follows will say why.
      await settle(entry);
      this.changed(entry);
    } else {
      await this.refused(entry, told);
    }
  }

  async photographs(entry, token) {
    for (const [at, one] of entry.photographs.entries()) {
      if (one.sent) continue;
      this.progress = `${at + 1}/${entry.photographs.length}`;
      this.changed();
      const kept = await photograph(one.id);
      if (!kept) continue;
      const fields = [["id", one.id], ["caption", one.caption], ["taken_at", one.takenAt], ["file", new File([kept.blob], kept.name, { type: kept.blob.type })]];
      const told = await this.post(entry, "photographs", fields, token);
      if (!told.ok) return this.refused(entry, told);
      one.sent = true;
      await keep(entry);
    }
    this.progress = "";
    return true;
  }

  // Keep what the server will not take, with its words, until the officer decides.
  async refused(entry, told) {
    await keep({ ...entry, problem: { code: told.code, message: told.message } });
    this.changed();
    return false;
  }
}

class SignedOut extends Error {}
