// Pages kept on the device are forgotten as soon as the officer signs out, from whichever page, and
// whenever a page is opened without being signed in. Results not sent yet stay, for their officer.
import { outbox } from "./store.js";

const KEPT = "tidewaiter-control-pages";

async function forget() {
  if ("caches" in window) await caches.delete(KEPT);
}

async function unsent(officer) {
  const known = indexedDB.databases ? (await indexedDB.databases()).some((one) => one.name === "tidewaiter-control") : true;
  if (!known) return 0;
  return (await outbox()).filter((entry) => entry.officer === officer && entry.kind === "result").length;
}

export function startPrivacy() {
  const officer = document.body.dataset.officer;
  if (!officer) forget();
  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.sure) return;
      event.preventDefault();
      if ((await unsent(officer)) && !confirm(form.dataset.signOut)) return;
      await forget();
      form.dataset.sure = "1";
      form.requestSubmit();
    });
  }
}
