// The two sliders of a report: what a week of visits finds, and what a cut-off does. All points are in the page.

const { numbers } = document.documentElement.dataset;
// Large rupees are told in lakh and crore, as the server writes them, unless numbers are grouped in threes.
const SIZES = numbers === "en-IN" ? [[10_000_000, "crore"], [100_000, "lakh"]] : [[1_000_000_000, "billion"], [1_000_000, "million"]];

function count(value) {
  return Math.round(value).toLocaleString(numbers);
}

function money(value, unit) {
  for (const [size, word] of unit === "Rs" || numbers !== "en-IN" ? SIZES : []) {
    if (Math.abs(value) >= size) return `${unit} ${(value / size).toFixed(Math.abs(value) >= 100 * size ? 0 : 1)} ${word}`.trim();
  }
  return `${unit} ${count(value)}`.trim();
}

function share(part, whole, digits = 0) {
  return whole ? `${((100 * part) / whole).toFixed(digits)} %` : "–";
}

function between(places, values, wanted) {
  const after = places.findIndex((place) => place > wanted);
  if (after === 0) return values[0];
  if (after < 0) return values[values.length - 1];
  const part = (wanted - places[after - 1]) / (places[after] - places[after - 1]);
  return values[after - 1] + part * (values[after] - values[after - 1]);
}

function amount(form, name) {
  const value = Number(form.elements[name].value.replaceAll(",", ""));
  return Number.isFinite(value) && value >= 0 ? value : 0;
}

function say(form, name, words) {
  const place = form.querySelector(`[data-out="${name}"]`);
  if (place) place.textContent = words;
}

function week(form, points, cost, value, unit) {
  const visits = Number(form.elements.visits.value);
  const found = between(points.visits, points.found, visits);
  say(form, "visits", count(visits));
  say(form, "found", count(found));
  say(form, "hit", share(found, visits));
  if (points.practice !== null) say(form, "practice", count(points.practice * visits));
  if (points.random !== null) say(form, "random", count(points.random * visits));
  if (points.energy) say(form, "energy", `${count(found * points.energy)} kWh`);
  say(form, "net", value ? money(found * value - visits * cost, unit) : "–");
  return visits;
}

function line(form, points, visits, cost, value, unit) {
  const place = Number(form.querySelector("[data-cutoff]").value);
  const [suspected, found] = [points.cutoffs.suspected[place], points.cutoffs.found[place]];
  const missed = points.positives - found;
  say(form, "cutoff", share(points.cutoffs.cutoff[place], 1, 1));
  say(form, "hits", count(found));
  say(form, "missed", count(missed));
  say(form, "vain", count(suspected - found));
  say(form, "cleared", count(points.consumers - suspected - missed));
  say(form, "precision", share(found, suspected));
  say(form, "recall", share(found, points.positives));
  say(form, "weeks", (suspected / visits).toFixed(1));
  say(form, "cutnet", value ? money(found * value - suspected * cost, unit) : "–");
}

for (const form of document.querySelectorAll("[data-tools]")) {
  const points = JSON.parse(form.dataset.points);
  const { unit } = form.dataset;
  const move = () => {
    const [cost, value] = [amount(form, "cost"), amount(form, "value")];
    line(form, points, week(form, points, cost, value, unit), cost, value, unit);
  };
  form.addEventListener("input", move);
  form.addEventListener("submit", (event) => event.preventDefault());
}

// A button that leads to what has to be confirmed opens it, and puts the cursor where the reason goes.
function openTarget() {
  const fold = location.hash.startsWith("#act-") ? document.getElementById(location.hash.slice(1)) : null;
  if (!fold) return;
  fold.open = true;
  fold.querySelector("input[name=reason]")?.focus();
}

addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  if (event.target.closest("a[href^='#act-']")) setTimeout(openTarget);
});
openTarget();
