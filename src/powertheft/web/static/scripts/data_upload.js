// Sends files in parts, each from where the server has the file already: a broken connection costs one part.
// Without this module the same form sends the files as a whole.

const TRIES = 6;
const PAUSE = 1000;

const form = document.getElementById("upload");

function words(name, values) {
  return form.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function size(bytes) {
  for (const [power, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
    if (bytes >= power) return `${(bytes / power).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}

function token() {
  return form.querySelector('input[name="csrf_token"]').value;
}

async function ask(address, options) {
  const response = await fetch(address, {
    ...options,
    method: "POST",
    headers: { "X-CSRFToken": token(), ...options.headers },
  });
  const told = (response.headers.get("Content-Type") || "").includes("json") ? await response.json() : {};
  if (told.trouble) throw Object.assign(new Error(told.trouble), { isFinal: true });
  if (!response.ok) throw new Error(String(response.status));
  return told;
}

function row(file) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = file.size || 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const state = document.createElement("span");
  state.className = "state";
  line.append(name, bar, state);
  form.querySelector("[data-going]").append(line);
  return {
    show(here) {
      bar.value = here;
      state.textContent = words("of", { here: size(here), all: size(file.size) });
    },
    trouble(text) {
      bar.remove();
      state.className = "trouble";
      state.textContent = text;
    },
  };
}

async function patiently(act) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await act();
    } catch (error) {
      if (error.isFinal || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** (tried - 1)));
    }
  }
}

async function send(address, file, line) {
  if (file.size === 0) throw Object.assign(new Error(words("empty", { name: file.name })), { isFinal: true });
  const announced = new URLSearchParams({ name: file.name, size: file.size });
  const { name, received, part } = await patiently(() => ask(`${address}/announce`, { body: announced }));
  let here = received;
  line.show(here);
  while (here < file.size) {
    const begin = here;
    const query = new URLSearchParams({ name, offset: begin });
    const body = file.slice(begin, begin + part);
    const told = await patiently(() =>
      ask(`${address}/part?${query}`, { body, headers: { "Content-Type": "application/octet-stream" } }),
    );
    here = told.received;
    line.show(here);
  }
}

async function begin() {
  if (form.dataset.address) return form.dataset.address;
  const { address } = await ask(form.action, { headers: { "Content-Type": "application/json" }, body: "{}" });
  form.dataset.address = address;
  return address;
}

async function upload(files) {
  if (!files.length) return;
  const button = form.querySelector("[data-send]");
  button.disabled = true;
  form.querySelector("[data-going]").replaceChildren();
  let failed = false;
  let address = "";
  for (const file of files) {
    const line = row(file);
    try {
      if (file.size > Number(form.dataset.largest)) {
        throw Object.assign(new Error(words("tooLarge", { name: file.name })), { isFinal: true });
      }
      address = await begin();
      await send(address, file, line);
    } catch (error) {
      failed = true;
      line.trouble(error.isFinal ? error.message : form.dataset.broken);
    }
  }
  button.disabled = false;
  if (!failed) window.location.assign(address);
}

if (form) {
  const chosen = form.querySelector('input[type="file"]');
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    upload([...chosen.files]);
  });
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    upload([...event.dataTransfer.files]);
  });
}

// The step that the address names is opened: a link may lead to one that is closed.
function openNamed() {
  const step = document.getElementById(window.location.hash.slice(1));
  if (step instanceof HTMLDetailsElement) step.open = true;
}
window.addEventListener("hashchange", openNamed);
openNamed();
