// What the frame does beyond plain HTML; every page works without it.

const CLOSES_AFTER = 8000;

function focusSearch(event) {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.getElementById("find");
  if (!field || field.offsetParent === null) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.type === "keydown" && event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.type === "click" && !menu.contains(event.target)) {
      menu.open = false;
    }
  }
}

function closeToast(event) {
  event.target.closest("[data-close]")?.closest(".toast")?.remove();
}

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard?.writeText(field.value);
  button.classList.add("primary");
}

function letToastsGo(root) {
  for (const toast of root.querySelectorAll(".toast:not([data-timed])")) {
    toast.dataset.timed = "";
    const timer = setTimeout(() => toast.remove(), CLOSES_AFTER);
    // Who reads it, or has come to it by keyboard, keeps it.
    for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, () => clearTimeout(timer));
  }
}

function markBusy(event) {
  const target = event.detail?.ctx?.target;
  if (target instanceof Element) target.setAttribute("aria-busy", event.type === "htmx:before:request");
}

document.addEventListener("keydown", focusSearch);
document.addEventListener("keydown", closeMenus);
document.addEventListener("click", closeMenus);
document.addEventListener("click", closeToast);
document.addEventListener("click", copy);
for (const kind of ["htmx:before:request", "htmx:after:request", "htmx:error"]) document.addEventListener(kind, markBusy);
document.addEventListener("htmx:after:swap", () => letToastsGo(document));
letToastsGo(document);
// A form that comes back is read from its first mistake.
document.querySelector('[aria-invalid="true"]')?.focus();
