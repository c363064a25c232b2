// Beside a slider stands where it is; without it the browser's own form sends what was set.

document.addEventListener("input", (event) => {
  const slider = event.target;
  if (!slider.matches?.("input[type=range]")) return;
  const said = slider.form?.querySelector(`output[for="${CSS.escape(slider.id)}"]`);
  if (said) said.value = Number(slider.value).toLocaleString("en-IN");
});

document.addEventListener("reset", (event) => {
  // After the browser has put the values back.
  setTimeout(() => {
    for (const slider of event.target.querySelectorAll("input[type=range]")) slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
});
