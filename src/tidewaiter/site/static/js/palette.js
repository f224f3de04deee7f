// Ctrl+K: type part of a page's name and go there. The pages are those of the navigation and the tabs.
import { open } from "./dialogs.js";
import { word } from "./toasts.js";

const SOURCES = ".nav a, .tabs a, .page-actions a, .menu-body a";

function places() {
  const seen = new Map();
  for (const link of document.querySelectorAll(SOURCES)) {
    const group = link.closest(".nav-group")?.querySelector(".nav-title")?.textContent ?? "";
    const label = link.textContent.trim();
    if (label && !seen.has(link.href)) seen.set(link.href, { label, group, href: link.href });
  }
  return [...seen.values()];
}

function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

function show(list, query) {
  const wanted = plain(query.trim());
  const found = places().filter((place) => plain(`${place.label} ${place.group}`).includes(wanted));
  list.replaceChildren(...found.map((place, at) => {
    const item = document.createElement("li");
    const group = document.createElement("small");
    item.id = `palette-${at}`;
    item.role = "option";
    item.ariaSelected = String(at === 0);
    item.dataset.href = place.href;
    group.textContent = place.group;
    item.append(place.label, group);
    return item;
  }));
  if (!found.length) {
    const item = document.createElement("li");
    item.role = "option";
    item.ariaDisabled = "true";
    item.textContent = word("nothing");
    list.append(item);
  }
}

function move(list, step) {
  const items = [...list.querySelectorAll("[data-href]")];
  if (!items.length) return;
  const at = items.findIndex((item) => item.ariaSelected === "true");
  const next = items[(at + step + items.length) % items.length];
  items[at].ariaSelected = "false";
  next.ariaSelected = "true";
  next.scrollIntoView({ block: "nearest" });
}

export function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  document.querySelector("dialog[open]:not(#palette)")?.close();
  open("palette");
}

export function startPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("[data-palette-input]");
  const list = dialog.querySelector("#palette-list");
  const go = (item) => item?.dataset.href && location.assign(item.dataset.href);
  const mark = () => input.setAttribute(
    "aria-activedescendant", list.querySelector('[aria-selected="true"]')?.id ?? "",
  );
  dialog.addEventListener("toggle", () => {
    if (!dialog.open) return;
    input.value = "";
    show(list, "");
    mark();
    input.focus();
  });
  input.addEventListener("input", () => { show(list, input.value); mark(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(list, event.key === "ArrowDown" ? 1 : -1);
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(list.querySelector('[aria-selected="true"]'));
    }
  });
  list.addEventListener("click", (event) => go(event.target.closest("[data-href]")));
}
