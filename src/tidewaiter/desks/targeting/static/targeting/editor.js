// The profile editor: asks for a check shortly after the text or the caret has moved, writes
// suggestions into the text, and shows the place of a problem.
import { startBuilder } from "./builder.js";

const PAUSE = 300;

function startEditor(form) {
  const text = form.querySelector('textarea[name="condition"]');
  const caret = form.querySelector("[data-caret]");
  const check = form.querySelector("[data-check]");
  let waiting = 0;
  let asked = "";

  function ask() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const state = `${text.selectionStart} ${text.value}`;
      if (state === asked) return;
      asked = state;
      caret.value = text.selectionStart;
      check.dispatchEvent(new Event("check"));
    }, PAUSE);
  }
  for (const name of ["input", "keyup", "click"]) text.addEventListener(name, ask);

  const builder = form.querySelector("[data-builder]");
  if (builder) startBuilder(builder, text, ask);
  form.addEventListener("click", (event) => {
    const word = event.target.closest("[data-insert]");
    if (word) {
      const end = Number(caret.value || text.value.length);
      const open = word.dataset.insert.endsWith("(");
      text.setRangeText(word.dataset.insert + (open ? "" : " "), Number(word.dataset.start), end, "end");
      text.focus();
      ask();
    }
    const place = event.target.closest("[data-from]");
    if (place) {
      text.focus();
      text.setSelectionRange(Number(place.dataset.from), Number(place.dataset.to));
    }
  });
}

for (const form of document.querySelectorAll("[data-editor]")) startEditor(form);
