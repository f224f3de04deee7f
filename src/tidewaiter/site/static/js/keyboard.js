// Keys: / search, j k rows, Enter open, x tick, ? help, Ctrl+K palette. Single keys can be turned off.
import { open } from "./dialogs.js";
import { openPalette, startPalette } from "./palette.js";
import { openRow, tick, walk } from "./tables.js";

const SINGLE = {
  "/": () => (document.querySelector("main [data-search]") ?? document.querySelector("[data-search]"))?.focus(),
  "j": () => walk(1),
  "k": () => walk(-1),
  "x": tick,
  "?": () => open("shortcuts"),
};

function typing(target) {
  return target.isContentEditable
    || target.matches('textarea, select, input:not([type="checkbox"], [type="radio"], [type="button"])');
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target === document.body) {
    openRow();
    return;
  }
  if (document.documentElement.dataset.shortcuts === "off" || !(event.key in SINGLE)) return;
  event.preventDefault();
  SINGLE[event.key]();
}

export function startKeyboard() {
  startPalette();
  document.addEventListener("keydown", pressed);
}
