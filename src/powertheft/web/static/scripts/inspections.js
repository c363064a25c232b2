// Ticking all cases of the page at once; without it one ticks them one by one, or all of the list below.

function say(form) {
  const count = form.querySelectorAll('input[name="case"]:checked').length;
  const said = form.querySelector("[data-ticked]");
  if (said) said.textContent = count ? said.dataset.ticked.replace("#", count) : "";
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-ticks]");
  if (!form) return;
  if (event.target.matches("[data-tick-all]")) {
    for (const box of form.querySelectorAll('input[name="case"]')) box.checked = event.target.checked;
  }
  say(form);
});

// Without it one prints with the browser's own command.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
