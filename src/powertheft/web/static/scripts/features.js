// Filter the catalogue as one types, choose by click: what was ticked stays ticked. Without it the server filters.

const filter = document.querySelector("[data-filter]");
const rows = [...document.querySelectorAll(".features tbody tr")];
const chips = [...document.querySelectorAll("[data-chips] .chip")];
const all = document.querySelector("[data-all]");
const counted = document.querySelector("[data-count]");
const shown = document.querySelector("[data-shown]");
const texts = rows.map((row) => row.textContent.toLowerCase());
let family = chips.find((chip) => chip.hasAttribute("aria-current"))?.dataset.family ?? "";

function boxes(visible = false) {
  return rows.filter((row) => !visible || !row.hidden).map((row) => row.querySelector("input[name=features]"));
}

function show() {
  const wanted = filter.elements.q.value.trim().toLowerCase();
  rows.forEach((row, place) => {
    row.hidden = !texts[place].includes(wanted) || (family && row.dataset.family !== family);
  });
  const visible = rows.filter((row) => !row.hidden).length;
  shown.textContent = `${visible} / ${rows.length}`;
  tell();
}

function tell() {
  if (!all) return;
  const ticked = boxes().filter((box) => box?.checked).length;
  const seen = boxes(true);
  all.checked = seen.length > 0 && seen.every((box) => box.checked);
  all.indeterminate = !all.checked && seen.some((box) => box.checked);
  if (ticked) counted.textContent = `${ticked} ✓`;
}

// Only where the whole catalogue is in the page can it be filtered here.
if (!new URLSearchParams(location.search).get("q") && !new URLSearchParams(location.search).get("family")) {
  filter.addEventListener("input", show);
  filter.addEventListener("submit", (event) => event.preventDefault());
  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      family = chip.dataset.family;
      for (const other of chips) other.toggleAttribute("aria-current", other === chip);
      chip.setAttribute("aria-current", "true");
      show();
    });
  }
}
filter.querySelector("[data-go]").addEventListener("change", () => filter.submit());
if (all) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes(true)) box.checked = all.checked;
    tell();
  });
  document.getElementById("choice").addEventListener("change", tell);
  tell();
}
