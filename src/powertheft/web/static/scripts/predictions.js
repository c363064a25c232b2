// Beside a slider stands where it is; without it the browser's own form sends what was set.

function say(slider) {
  const said = slider.form?.querySelector(`output[for="${CSS.escape(slider.id)}"]`);
  if (!said) return;
  const digits = Math.abs(slider.value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  said.value = Number(slider.value).toLocaleString(document.documentElement.dataset.numbers, digits);
}

function putBack(sliders) {
  for (const slider of sliders) {
    slider.value = slider.dataset.now;
    say(slider);
  }
}

document.addEventListener("input", (event) => {
  const slider = event.target;
  if (!slider.matches?.("input[type=range]")) return;
  say(slider);
  // All bills together, or some months: the model is asked one or the other, and the sliders say which.
  if (slider.id === "factor") putBack(slider.form.querySelectorAll("[name^=month-]"));
  if (slider.name.startsWith("month-")) putBack(slider.form.querySelectorAll("#factor"));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-as-it-is]");
  if (!link) return;
  event.preventDefault();
  const form = link.closest("form");
  putBack(form.querySelectorAll("input[type=range]"));
  // The answer beside the sliders is asked anew, so that it says the same as they do.
  form.dispatchEvent(new Event("change", { bubbles: true }));
});
