// On a phone the fields of a filter bar wait behind a button; on a wide page they are always there.
export function startFilters() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-filter-open]");
    if (!button) return;
    const bar = button.closest("[data-filter]");
    const opens = bar.toggleAttribute("data-open");
    button.setAttribute("aria-expanded", String(opens));
    if (opens) bar.querySelector("input:not([type=hidden]), select")?.focus();
  });
}
