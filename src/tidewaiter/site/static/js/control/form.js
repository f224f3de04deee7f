// The result form: whatever is typed or photographed is on the phone at once, and stays there until
// the server has acknowledged the result.
import { draftOf, dropPhotograph, photographsOf, saveDraft, savePhotograph, uuid } from "./store.js";

const QUIET = 300; // milliseconds after the last key before the draft is saved
const NOT_KEPT = ["id", "csrfmiddlewaretoken", "photos"];

function fieldsOf(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_KEPT.includes(name));
}

function fill(form, fields) {
  for (const control of form.elements) {
    if (!control.name || NOT_KEPT.includes(control.name)) continue;
    const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
    if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
    else if (values.length) control.value = values[0];
  }
}

class ResultForm {
  constructor(form, sender, words) {
    this.form = form;
    this.sender = sender;
    this.words = words;
    this.order = Number(form.dataset.order);
    this.touchedMinutes = false;
    this.startedAt = form.dataset.started || null;
    this.list = form.querySelector("[data-photographs]");
  }

  async begin() {
    await this.restore();
    this.form.addEventListener("input", (event) => this.noted(event));
    this.form.addEventListener("change", (event) => this.noted(event));
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.form.querySelector("[data-camera]").addEventListener("change", (event) => this.taken(event));
    for (const button of this.form.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    window.addEventListener("pagehide", () => this.save());
    this.offerPosition();
    this.tick();
    setInterval(() => this.tick(), 20_000);
  }

  async restore() {
    const draft = await draftOf(this.order);
    if (draft?.officer === this.words.officer) {
      this.startedAt ??= draft.startedAt ?? null;
      this.touchedMinutes = Boolean(draft.touchedMinutes);
      if (draft.fields) fill(this.form, draft.fields);
    }
    const kept = await photographsOf(this.order);
    kept.filter((one) => one.officer === this.words.officer).forEach((one) => this.showPhotograph(one));
  }

  // Minutes follow the clock from the beginning of the control until the officer says otherwise.
  tick() {
    if (this.touchedMinutes || !this.startedAt) return;
    const spent = Math.round((Date.now() - new Date(this.startedAt)) / 60_000);
    this.form.elements.minutes.value = Math.min(Math.max(spent, 1), 600);
  }

  step(by) {
    const field = this.form.elements.minutes;
    field.value = Math.max(1, (Number(field.value) || 0) + by);
    this.touchedMinutes = true;
    this.save();
  }

  // The position is asked for only when the officer wants to add it.
  offerPosition() {
    const place = this.form.querySelector("[data-position]");
    const [box, told] = [place.querySelector("[type=checkbox]"), place.querySelector("[data-position-told]")];
    const { latitude, longitude, accuracy } = this.form.elements;
    const show = () => {
      box.checked = Boolean(latitude.value);
      told.textContent = latitude.value ? `±${Math.round(accuracy.value)} m` : "";
    };
    const put = (coords) => {
      latitude.value = coords?.latitude ?? "";
      longitude.value = coords?.longitude ?? "";
      accuracy.value = coords?.accuracy ?? "";
      show();
      this.save();
    };
    place.hidden = !navigator.geolocation;
    show();
    box.addEventListener("change", () => {
      if (!box.checked) put(null);
      else navigator.geolocation.getCurrentPosition((found) => put(found.coords), () => put(null), { enableHighAccuracy: true, timeout: 15_000 });
    });
  }

  noted(event) {
    if (event.target.name === "minutes") this.touchedMinutes = true;
    if (event.target.matches("[data-area]")) this.form.querySelector("[data-areas-missing]").hidden = true;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.save(), QUIET);
  }

  save() {
    if (this.sent) return null;
    return saveDraft({
      order: this.order, officer: this.words.officer, fields: fieldsOf(this.form),
      startedAt: this.startedAt, touchedMinutes: this.touchedMinutes,
    });
  }

  async taken(event) {
    for (const file of [...event.target.files]) {
      // The bytes themselves: some phones drop the file behind a File object.
      const blob = new Blob([await file.arrayBuffer()], { type: file.type });
      const one = {
        id: uuid(), order: this.order, officer: this.words.officer, blob, name: file.name || "photograph.jpg",
        caption: "", takenAt: new Date(file.lastModified || Date.now()).toISOString(),
      };
      try {
        await savePhotograph(one);
      } catch (error) {
        console.warn("not kept:", error);
        alert(this.words.wordNoRoom);
        break;
      }
      this.showPhotograph(one);
    }
    event.target.value = "";
    this.save();
  }

  showPhotograph(one) {
    const item = this.form.querySelector("[data-photograph-template]").content.firstElementChild.cloneNode(true);
    const [picture, caption, remove] = [item.querySelector("img"), item.querySelector("input"), item.querySelector("button")];
    picture.src = URL.createObjectURL(one.blob);
    picture.alt = one.caption || one.name;
    caption.value = one.caption;
    caption.addEventListener("change", () => {
      one.caption = caption.value;
      savePhotograph(one);
    });
    remove.addEventListener("click", async () => {
      await dropPhotograph(one.id);
      URL.revokeObjectURL(picture.src);
      item.remove();
    });
    this.list.append(item);
  }

  complete() {
    if (!this.form.reportValidity()) return false;
    const found = this.form.elements.found.value === "yes";
    if (!found || this.form.querySelector("[data-area]:checked")) return true;
    const missing = this.form.querySelector("[data-areas-missing]");
    missing.hidden = false;
    this.form.querySelector("[data-area]").focus();
    missing.scrollIntoView({ block: "center" });
    return false;
  }

  async submitted(event) {
    event.preventDefault();
    if (this.sent || !this.complete()) return;
    this.sent = true;
    clearTimeout(this.waiting);
    const photographs = (await photographsOf(this.order)).filter((one) => one.officer === this.words.officer);
    try {
      await this.sender.add(this.entry(photographs));
    } catch (error) {
      // No room or no database on this phone: let the browser send the form itself.
      console.warn("cannot be kept on this phone:", error);
      this.form.submit();
      return;
    }
    location.assign(this.words.home);
  }

  entry(photographs) {
    const now = new Date().toISOString();
    const id = uuid();
    const minutes = Number(this.form.elements.minutes.value);
    const started = this.startedAt ?? new Date(Date.now() - minutes * 60_000).toISOString();
    const fields = [
      ...fieldsOf(this.form), ["id", id], ["started_at", started], ["ended_at", now], ["device_time", now],
      ...photographs.map((one) => ["photograph", one.id]),
    ];
    return {
      id, kind: "result", order: this.order, number: this.form.dataset.number, officer: this.words.officer, fields,
      photographs: photographs.map(({ id: photo, caption, takenAt }) => ({ id: photo, caption, takenAt, sent: false })),
      savedAt: Date.now(),
    };
  }
}

export function startForm(sender, words) {
  const form = document.querySelector("[data-result-form]");
  if (form) new ResultForm(form, sender, words).begin();
}
