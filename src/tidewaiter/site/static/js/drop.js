// File drop: files let go over the area land in its input; the names are listed.
function list(area) {
  const names = area.querySelector("[data-drop-files]");
  const files = [...area.querySelector('input[type="file"]').files];
  names.replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    item.textContent = `${file.name} · ${Math.max(1, Math.round(file.size / 1024)).toLocaleString()} KB`;
    return item;
  }));
}

export function startDrops() {
  for (const area of document.querySelectorAll("[data-drop]")) {
    const input = area.querySelector('input[type="file"]');
    area.addEventListener("dragover", (event) => {
      event.preventDefault();
      area.dataset.over = "";
    });
    area.addEventListener("dragleave", () => delete area.dataset.over);
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      delete area.dataset.over;
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    input.addEventListener("change", () => list(area));
  }
}
