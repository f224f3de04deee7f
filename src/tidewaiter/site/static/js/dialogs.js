// Dialogs and menus: opened by data-opens, closed by data-closes, Esc or a click beside them.
export function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      opener.closest("dialog")?.close();
      opener.closest("[data-menu]")?.removeAttribute("open");
      open(opener.dataset.opens);
      return;
    }
    if (event.target.closest("[data-closes]") || event.target.matches("dialog")) {
      event.target.closest("dialog").close();
    }
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    }
  });
}
