// While figures of a policy are typed, what differs from the policy in force is marked.
function mark(input) {
  const changed = Number(input.value) !== Number(input.dataset.now) || input.value.trim() === "";
  const cell = input.closest("td");
  cell.classList.toggle("is-changed", changed);
  cell.querySelector("[data-figure-now]").hidden = !changed;
}

for (const form of document.querySelectorAll("[data-figures]")) {
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-now]")) mark(event.target);
  });
}
