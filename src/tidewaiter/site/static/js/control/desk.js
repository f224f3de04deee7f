// The inspector's pages: shows what is kept on this phone and what became of it, sends it, and keeps
// the pages for work without a network.
import { startForm } from "./form.js";
import { Sender } from "./sending.js";
import { draftOf, saveDraft, sweep, uuid } from "./store.js";

const desk = document.querySelector("[data-control-desk]");
const words = desk.dataset;
const sender = new Sender(words.api, words.officer);

function badge(tone, text) {
  const mark = document.createElement("span");
  mark.className = `badge badge-plain tone-${tone}`;
  mark.textContent = text;
  return mark;
}

// The state of one order on this phone: in its card, and in place of its next action.
function showOrder(entry, tone, text) {
  for (const place of document.querySelectorAll(`[data-order="${entry.order}"]`)) {
    place.querySelector("[data-order-state]")?.replaceChildren(badge(tone, text));
    if (entry.kind === "result") {
      const action = place.querySelector("[data-order-action]");
      if (action) action.hidden = true;
    }
  }
}

function showRefused(entries) {
  const template = document.querySelector("[data-refused-template]");
  const shown = entries.map((entry) => {
    const notice = template.content.cloneNode(true);
    notice.querySelector("[data-refused-title]").textContent = `${entry.number}: ${words.wordRefused}`;
    notice.querySelector("[data-refused-text]").textContent = entry.problem.message;
    notice.querySelector("[data-refused-open]").href = new URL(`${entry.order}/result/`, new URL(words.home, location.href));
    notice.querySelector("[data-refused-discard]").addEventListener("click", () => {
      if (confirm(words.wordDiscard)) sender.discard(entry);
    });
    return notice;
  });
  document.querySelector("[data-refused]").replaceChildren(...shown);
}

async function show() {
  const entries = await sender.own();
  const results = entries.filter((entry) => entry.kind === "result");
  for (const entry of entries) {
    if (entry.problem) showOrder(entry, "bad", words.wordRefused);
    else if (entry.kind === "start") showOrder(entry, "info", words.wordBegun);
    else if (sender.state === "sending") showOrder(entry, "info", words.wordSending);
    else showOrder(entry, "warn", words.wordSaved);
  }
  showRefused(results.filter((entry) => entry.problem));
  const waiting = results.filter((entry) => !entry.problem).length;
  showBanner(waiting);
  desk.dataset.waiting = waiting;
}

function showBanner(waiting) {
  const banner = document.querySelector("[data-outbox]");
  const text = [];
  if (!navigator.onLine || sender.state === "offline") text.push(words.wordOffline);
  if (waiting) text.push(waiting === 1 ? words.wordOne : words.wordMany.replace("{n}", waiting));
  if (waiting && sender.state === "login") text.push(words.wordLogin);
  if (sender.state === "sending" && sender.progress) {
    const [n, all] = sender.progress.split("/");
    text.push(words.wordPhoto.replace("{n}", n).replace("{all}", all));
  }
  banner.hidden = !text.length;
  const told = banner.querySelector("[data-outbox-text]");
  if (told.textContent !== text.join(" ")) told.textContent = text.join(" ");
  banner.querySelector("[data-outbox-send]").hidden = !waiting || sender.state === "login" || !navigator.onLine;
  banner.querySelector("[data-outbox-login]").hidden = !waiting || sender.state !== "login";
}

// Begin on the phone at once; the server learns of it when it can be reached.
function startBegin() {
  const form = document.querySelector("[data-begin]");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const order = Number(form.dataset.begin);
    const at = new Date().toISOString();
    await saveDraft({ ...(await draftOf(order)), order, officer: words.officer, startedAt: at });
    await sender.add({
      id: uuid(), kind: "start", order, number: form.dataset.number, officer: words.officer,
      fields: [["at", at]], savedAt: Date.now(),
    });
    location.assign(form.dataset.next);
  });
}

// Have the service worker keep this list, the pages of its orders and what they are drawn with.
async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(words.worker, { scope: new URL(".", new URL(words.worker, location.href)).pathname });
  const registration = await navigator.serviceWorker.ready;
  const assets = performance.getEntriesByType("resource").map((one) => one.name)
    .filter((name) => new URL(name).pathname.startsWith("/static/"));
  const list = new URL(words.home, location.href).href;
  const whole = location.href.split(/[?#]/)[0] === list;
  const pages = whole || !navigator.serviceWorker.controller ? [location.href] : [];
  for (const card of document.querySelectorAll("[data-keep]")) {
    pages.push(card.href, new URL(card.dataset.keep, location.href).href);
  }
  registration.active.postMessage({ kind: "keep", pages, assets, whole });
}

sender.addEventListener("change", async (event) => {
  const settled = event.detail.settled;
  if (settled) showOrder(settled, "good", settled.kind === "result" ? words.wordRecorded : words.wordBegun);
  await show();
});
document.querySelector("[data-outbox-send]").addEventListener("click", () => sender.send());
window.addEventListener("online", () => sender.send());
window.addEventListener("offline", show);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sender.send());

startBegin();
startForm(sender, words);
await show();
await sender.send();
await sweep();
const keepLater = () => keepPages().catch((error) => console.warn("pages are not kept for work without a network:", error));
if (document.readyState === "complete") keepLater();
else window.addEventListener("load", keepLater);
