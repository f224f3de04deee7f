// Adds one comparison to the condition: fact, comparison, value. It only writes text; the server reads it.
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const NUMBER = /^-?\d+(\.\d+)?$/;
const WRITE = {
  "{text}": (value) => quoted(value),
  "{begin}": (value) => quoted(`${value}%`),
  "{within}": (value) => quoted(`%${value.toLowerCase()}%`),
  "{texts}": (value) => value.split(",").map((one) => one.trim()).filter(Boolean).map(quoted).join(", "),
  "{number}": (value) => value,
};

export function startBuilder(builder, text, changed) {
  const part = (name) => builder.querySelector(`[data-${name}]`);
  const [fact, operator, value, list, says] = ["fact", "operator", "value", "list", "says"].map(part);
  const operators = [...operator.options];

  const chosen = () => [...fact.list.options].find((option) => option.value === fact.value.trim());
  const form = () => operator.selectedOptions[0]?.dataset.form ?? "";
  const place = () => Object.keys(WRITE).find((name) => form().includes(name));

  // Only the comparisons that this kind of fact knows, and the field that the comparison needs.
  function offer() {
    const kind = chosen()?.dataset.kind;
    const offered = operators.filter((option) => !kind || option.dataset.kinds.split(" ").includes(kind));
    if (offered.length !== operator.options.length || offered.some((one, at) => one !== operator.options[at])) {
      operator.replaceChildren(...offered);
      operator.selectedIndex = 0;
    }
    value.type = kind === "date" ? "date" : "text";
    value.inputMode = ["number", "money"].includes(kind) ? "decimal" : "text";
    part("unit").textContent = chosen()?.dataset.unit ? `(${chosen().dataset.unit})` : "";
    part("value-field").hidden = !place();
    if (list) part("list-field").hidden = !form().includes("{list}");
  }

  function comparison() {
    const named = form().replace("{fact}", fact.value.trim());
    if (list && named.includes("{list}")) return named.replace("{list}", () => quoted(list.value));
    const at = place();
    return at ? named.replace(at, () => WRITE[at](value.value.trim())) : named;
  }

  function complaints() {
    fact.setCustomValidity(chosen() ? "" : builder.dataset.wordFact);
    const given = value.value.trim();
    const wrong = place() === "{number}" && !NUMBER.test(given) ? builder.dataset.wordNumber : "";
    value.setCustomValidity(place() && !given ? builder.dataset.wordValue : wrong);
  }

  function tell() {
    offer();
    complaints();
    const said = chosen() && (!place() || value.value.trim());
    says.replaceChildren();
    if (!said) return;
    const shown = list && form().includes("{list}") ? list.value : place() ? value.value.trim() : "";
    const code = document.createElement("code");
    code.dir = "ltr";
    code.textContent = comparison();
    says.append(`${chosen().dataset.label} ${operator.selectedOptions[0].textContent} ${shown} `, code);
  }

  function add() {
    tell();
    if (!fact.reportValidity() || !value.reportValidity()) return;
    const join = part("join").value;
    const before = text.value.trimEnd();
    // AND binds closer than OR: what stands there is kept together by brackets.
    const loose = join !== "OR" && /\bOR\b/i.test(before.replace(/'(?:[^']|'')*'/g, ""));
    const kept = loose ? `(${before})` : before;
    const negated = join === "AND NOT" ? `NOT ${comparison()}` : comparison();
    text.value = before ? `${kept}\n${join} ${comparison()}` : negated;
    text.setSelectionRange(text.value.length, text.value.length);
    fact.value = value.value = "";
    tell();
    changed();
    fact.focus();
  }

  for (const name of ["input", "change"]) builder.addEventListener(name, tell);
  part("add").addEventListener("click", add);
  builder.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.matches("button, summary")) return;
    event.preventDefault();
    add();
  });
  offer();
}
