// Tables: a click on a row opens it, ticks are counted, j and k walk.
function rows() {
  return [...document.querySelectorAll("[data-rows] tbody tr")].filter((row) => row.offsetParent);
}

function here() {
  return document.querySelector("[data-rows] tbody tr.is-here");
}

export function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(here());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  here()?.classList.remove("is-here");
  next.classList.add("is-here");
  // The link before the tick box: Enter is to open the row, not to send the form it lies in.
  const target = next.querySelector("a.row-link") ?? next.querySelector("a, button, input") ?? next;
  if (target === next) next.tabIndex = -1;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

export function tick() {
  const box = here()?.querySelector('input[type="checkbox"]');
  if (box) box.click();
}

// Enter on the focused link opens by itself; this is for a row whose link has lost the focus.
export function openRow() {
  const url = here()?.dataset.href;
  if (url) location.assign(url);
  return Boolean(url);
}

function count(frame) {
  const boxes = [...frame.querySelectorAll('tbody input[type="checkbox"]')];
  const ticked = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").classList.toggle("is-chosen", box.checked);
  const all = frame.querySelector("[data-pick-all]");
  all.checked = boxes.length > 0 && ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  const bar = frame.querySelector("[data-chosen]");
  if (bar) {
    bar.hidden = ticked.length === 0;
    bar.querySelector("[data-chosen-count]").textContent = ticked.length;
  }
}

// A table that can be scrolled sideways must be reachable by keyboard, if nothing in it is already.
function reachable(frame) {
  const scrolls = frame.scrollWidth > frame.clientWidth && !frame.querySelector("a, button, input, summary");
  if (!scrolls) return;
  frame.tabIndex = 0;
  frame.role = "region";
  frame.ariaLabel = frame.querySelector("caption")?.textContent ?? document.title;
}

const watched = new ResizeObserver((seen) => seen.forEach((one) => reachable(one.target)));

function watch(part) {
  for (const frame of part.querySelectorAll(".table-frame:not([tabindex])")) watched.observe(frame);
}

export function startTables() {
  watch(document);
  document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
  document.addEventListener("change", (event) => {
    const frame = event.target.closest("[data-pick]");
    if (!frame || event.target.type !== "checkbox") return;
    if (event.target.matches("[data-pick-all]")) {
      for (const box of frame.querySelectorAll('tbody input[type="checkbox"]')) {
        box.checked = event.target.checked;
      }
    }
    count(frame);
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary")) return;
    if (getSelection().toString()) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });
}
