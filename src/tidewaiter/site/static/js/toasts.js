// Short messages in the corner. The server sends them with the page, or as HX-Trigger: {"toast": …}.
const STAYS = 6000;

export function word(name) {
  return document.getElementById("words").dataset[name];
}

export function toast(text, tone = "info") {
  const made = document.getElementById("toast-template").content.cloneNode(true).firstElementChild;
  made.classList.add(`tone-${tone}`);
  made.dataset.toast = tone;
  made.querySelector("use").setAttribute("href", `${word("icons")}#${tone}`);
  made.querySelector(".notice-text").textContent = text;
  document.getElementById("toasts").append(made);
  leaveLater(made);
}

// Bad news and warnings stay until somebody has read and dismissed them.
function leaveLater(element) {
  if (!["bad", "warn"].includes(element.dataset.toast)) {
    let timer = setTimeout(() => element.remove(), STAYS);
    element.addEventListener("pointerenter", () => clearTimeout(timer));
    element.addEventListener("focusin", () => clearTimeout(timer));
    element.addEventListener("pointerleave", () => {
      timer = setTimeout(() => element.remove(), STAYS);
    });
  }
}

export function startToasts() {
  document.querySelectorAll("[data-toast]").forEach(leaveLater);
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".notice").remove();
  });
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
}
