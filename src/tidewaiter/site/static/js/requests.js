// htmx: the CSRF token on every request, and a word when one fails.
import { toast, word } from "./toasts.js";

export function startRequests() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.body.dataset.csrf;
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => toast(word("failed"), "bad"));
  }
  document.addEventListener("htmx:responseError", (event) => {
    toast(word(event.detail.xhr.status === 403 ? "denied" : "failed"), "bad");
  });
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
}
