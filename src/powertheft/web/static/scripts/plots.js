// Draws what `data-plot` names: the address of a plot, which is JSON.
// A plot is {"figure": {"data", "layout"}, "caption", "table"}, and "title" where the question is its own; a table is
// {"columns", "rows"} or a list of objects. Colours are our tokens: "--series-1", "var(--series-1)", "--series-1@0.2".

const LIBRARY = new URL("../vendor/plotly-cartesian.min.js", import.meta.url).href;
// Plotly writes its rules into elements with these names, unless they are there and say that they have them already.
const STYLES = ["plotly.js-style-global", "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53"];
const TOKEN = /^(?:var\()?(--[a-z][\w-]*)\)?(?:@([\d.]+))?$/;
const CLEAR = "rgba(0,0,0,0)";
const SERIES = [1, 2, 3, 4, 5].map((number) => `var(--series-${number})`);
const PICTURE = { width: 1200, height: 720, scale: 2 };
const MOST_ROWS = 500;
// On a canvas narrower than this [px] the legend stands below, in a column, and gets room of its own.
const NARROW = 480;
const LINE = 20;
// As the server writes numbers: pairs above the thousand, or threes.
const NUMBERS = document.documentElement.dataset.numbers;
const CONFIG = {
  displayModeBar: false,
  showTips: false,
  doubleClick: "reset",
  locale: NUMBERS,
  locales: { [NUMBERS]: { dictionary: {}, format: { thousands: ",", decimal: ".", grouping: NUMBERS === "en-IN" ? [3, 2, 2, 2, 2, 2, 2] : [3], currency: ["Rs ", ""], year: "%Y", month: "%b %Y", dayMonth: "%-d %b", dayMonthYear: "%-d %b %Y" } } },
};

const payloads = new WeakMap();
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.classList.contains("drawn") && target.clientWidth !== target.drawnWidth) requestAnimationFrame(() => fit(target));
  }
});
const sights = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    sights.unobserve(target);
    load(target);
  }
}, { rootMargin: "400px" });
const changes = new MutationObserver((records) => {
  for (const { target } of records) load(target);
});

let library;

/** Plotly sets styles as an attribute, which the policy stops; through the object model, as here, they are allowed. */
function setStylesAsObjects() {
  const { setAttribute } = Element.prototype;
  Element.prototype.setAttribute = function set(name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

function plotly() {
  library ??= new Promise((resolve, reject) => {
    setStylesAsObjects();
    for (const name of STYLES) {
      const known = document.createElement("div");
      known.id = name;
      known.className = "no-inline-styles";
      known.hidden = true;
      document.body.append(known);
    }
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(LIBRARY));
    document.head.append(script);
  });
  return library;
}

/** Look up a token in the theme that holds: a probe resolves light-dark() and what one token takes from another. */
function valueOf(token, opacity, probe) {
  if (token === "--font") return getComputedStyle(probe).fontFamily;
  probe.style.color = `var(${token})`;
  const colour = getComputedStyle(probe).color;
  return opacity === undefined ? colour : colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}

function coloured(value, probe) {
  if (typeof value === "string") {
    const token = TOKEN.exec(value);
    return token ? valueOf(token[1], token[2], probe) : value;
  }
  if (Array.isArray(value)) return value.map((one) => coloured(one, probe));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, coloured(one, probe)]));
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function merged(base, over) {
  const made = { ...base };
  for (const [name, value] of Object.entries(over ?? {})) {
    made[name] = isObject(value) && isObject(base[name]) ? merged(base[name], value) : value;
  }
  return made;
}

/** Whether what stands along an axis are plain numbers: those are written in groups. */
function isPlain(data, axis) {
  const letter = axis[0];
  const name = letter + axis.slice(1).replace("axis", "");
  const along = data.filter((trace) => (trace[`${letter}axis`] ?? letter) === name).map((trace) => trace[letter]).filter(Array.isArray);
  return along.length > 0 && along.every((values) => values.every((value) => value === null || typeof value === "number"));
}

const named = (figure) => figure.data.filter((trace) => trace.name && trace.showlegend !== false).length;
const isCrowded = (figure, canvas) => canvas.clientWidth < NARROW && figure.layout?.showlegend !== false && named(figure) > 2;

function layoutOf(figure, canvas) {
  const style = getComputedStyle(canvas);
  const axis = { gridcolor: "var(--line)", linecolor: "var(--edge)", zerolinecolor: "var(--edge)", tickcolor: "var(--edge)", ticks: "", automargin: true, fixedrange: true, title: { font: { size: 12, color: "var(--quiet)" }, standoff: 8 }, tickfont: { size: 12, color: "var(--quiet)" } };
  const base = {
    font: { family: style.fontFamily, size: 13, color: "var(--text)" },
    colorway: SERIES,
    margin: { l: 56, r: 16, t: 12, b: 44 },
    hovermode: "closest",
    dragmode: false,
    hoverlabel: { bgcolor: "var(--raised)", bordercolor: "var(--edge)", align: "left", font: { family: style.fontFamily, size: 13, color: "var(--text)" } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 12 }, itemclick: "toggle", bgcolor: CLEAR },
    bargap: 0.15,
  };
  const names = new Set(["xaxis", "yaxis", ...Object.keys(figure.layout ?? {}).filter((name) => /^[xy]axis\d*$/.test(name))]);
  for (const name of names) base[name] = isPlain(figure.data, name) ? { ...axis, tickformat: ",~f" } : axis;
  const layout = merged(base, figure.layout);
  // Room above is for the legend; where there is none, it is the plot's.
  if (layout.showlegend === false) layout.margin = { ...layout.margin, t: 12 };
  layout.legend = { ...layout.legend, bgcolor: CLEAR, ...(isCrowded(figure, canvas) ? { y: -0.3, yanchor: "top" } : {}) };
  if (isCrowded(figure, canvas)) layout.margin = { ...layout.margin, t: 12 };
  return { ...layout, autosize: true, height: undefined, paper_bgcolor: CLEAR, plot_bgcolor: CLEAR };
}

function prepared(payload, canvas) {
  const probe = document.createElement("span");
  probe.hidden = true;
  canvas.after(probe);
  const data = payload.figure.data.map((trace) => (trace.type === "heatmap" || trace.colorbar ? merged({ colorbar: { thickness: 12, outlinewidth: 0, tickfont: { size: 12 } } }, trace) : trace));
  const made = coloured({ data, layout: layoutOf(payload.figure, canvas) }, probe);
  probe.remove();
  return made;
}

const partsOf = (canvas) => canvas.closest(".plot");

async function read(canvas) {
  const answer = await fetch(canvas.dataset.plot, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function load(canvas) {
  const asked = canvas.dataset.plot;
  canvas.classList.add("waits");
  try {
    const [payload] = await Promise.all([read(canvas), plotly()]);
    if (canvas.isConnected && asked === canvas.dataset.plot) await draw(canvas, payload);
  } catch (error) {
    if (canvas.isConnected && asked === canvas.dataset.plot) fail(canvas);
  } finally {
    canvas.classList.remove("waits");
  }
}

/** Draw a plot into a canvas, or draw it anew with other figures. */
export async function draw(canvas, payload) {
  const Plotly = await plotly();
  if (canvas.classList.contains("failed")) canvas.replaceChildren();
  canvas.classList.remove("failed");
  payloads.set(canvas, payload);
  const { data, layout } = prepared(payload, canvas);
  const { height } = payload.figure.layout ?? {};
  canvas.style.height = height ? `${height}px` : "";
  if (isCrowded(payload.figure, canvas)) canvas.style.height = `${canvas.clientHeight + LINE * (named(payload.figure) - 1)}px`;
  canvas.classList.add("drawn");
  canvas.drawnWidth = canvas.clientWidth;
  await Plotly.react(canvas, data, layout, CONFIG);
  sizes.observe(canvas);
  tell(canvas, payload);
}

function fit(canvas) {
  if (!canvas.isConnected || canvas.clientWidth === 0) return;
  draw(canvas, payloads.get(canvas));
}

function fail(canvas) {
  canvas.classList.add("failed");
  canvas.classList.remove("drawn");
  const words = document.createElement("p");
  words.textContent = canvas.dataset.failed ?? "";
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button small";
  again.textContent = canvas.dataset.again ?? "";
  again.addEventListener("click", () => load(canvas));
  canvas.replaceChildren(words, again);
}

/** The answer in words, and all figures as a table: what a plot says to those who do not see it. */
function tell(canvas, payload) {
  const figure = partsOf(canvas);
  const question = figure?.querySelector("h3");
  if (question && payload.title) question.textContent = payload.title;
  const caption = figure?.querySelector("figcaption");
  if (caption && payload.caption) caption.textContent = payload.caption;
  const tools = figure?.querySelector(".plot-tools");
  if (!tools) return;
  tools.hidden = false;
  const inside = tools.querySelector(".as-table .inside");
  const fold = tools.querySelector(".as-table");
  const table = tabled(payload.table);
  tools.querySelector("[data-csv]").hidden = fold.hidden = table.rows.length === 0;
  const fill = () => inside.replaceChildren(tableOf(table, canvas));
  fold.ontoggle = fill;
  if (fold.open) fill();
}

function tabled(table) {
  if (!table) return { columns: [], rows: [] };
  if (!Array.isArray(table)) return table;
  const columns = [...new Set(table.flatMap((row) => Object.keys(row)))];
  return { columns, rows: table.map((row) => columns.map((name) => row[name])) };
}

function shown(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  return value.toLocaleString(NUMBERS, { maximumSignificantDigits: Math.abs(value) >= 1000 ? 15 : 4, maximumFractionDigits: Math.abs(value) >= 1000 ? 0 : 6, roundingPriority: "lessPrecision" });
}

function tableOf({ columns, rows }, canvas) {
  const table = document.createElement("table");
  const caption = table.createCaption();
  caption.className = "unheard";
  caption.textContent = partsOf(canvas).querySelector("h3")?.textContent ?? "";
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column.replaceAll("_", " ");
    if (typeof rows[0]?.[head.cells.length] === "number") cell.className = "number";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const values of rows.slice(0, MOST_ROWS)) {
    const row = body.insertRow();
    for (const value of values) {
      const cell = row.insertCell();
      cell.textContent = shown(value);
      if (typeof value === "number") cell.className = "number";
    }
  }
  const box = document.createElement("div");
  box.className = "table-box";
  box.tabIndex = 0;
  box.role = "region";
  box.ariaLabel = caption.textContent;
  box.append(table);
  return box;
}

/** One cell of a CSV; a spreadsheet must not take words for a formula. */
function cellOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const nameOf = (canvas) => (partsOf(canvas)?.querySelector("h3")?.textContent ?? canvas.id).trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "plot";

function hand(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

function saveTable(canvas) {
  const { columns, rows } = tabled(payloads.get(canvas).table);
  const lines = [columns, ...rows].map((row) => row.map(cellOf).join(","));
  const address = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }));
  hand(address, `${nameOf(canvas)}.csv`);
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function savePicture(canvas) {
  const { data, layout } = prepared(payloads.get(canvas), canvas);
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const title = { text: partsOf(canvas)?.querySelector("h3")?.textContent ?? "", x: 0.02, xanchor: "left", y: 0.98, yanchor: "top", font: { size: 18 } };
  const margin = { ...layout.margin, t: 96 };
  const size = { width: PICTURE.width, height: Math.max(PICTURE.height, canvas.clientHeight + 80) };
  const whole = { ...layout, ...size, title, margin, autosize: false, paper_bgcolor: ground, plot_bgcolor: ground };
  hand(await window.Plotly.toImage({ data, layout: whole, config: CONFIG }, { format: "png", ...size, scale: PICTURE.scale }), `${nameOf(canvas)}.png`);
}

function press(event) {
  const button = event.target.closest?.(".plot-tools [data-png], .plot-tools [data-csv]");
  const canvas = button && partsOf(button).querySelector("[data-plot]");
  if (!canvas || !payloads.has(canvas)) return;
  if ("png" in button.dataset) savePicture(canvas);
  else saveTable(canvas);
}

function redraw() {
  for (const canvas of document.querySelectorAll(".canvas.drawn")) if (payloads.has(canvas)) draw(canvas, payloads.get(canvas));
}

function find() {
  for (const canvas of document.querySelectorAll("[data-plot]:not([data-found])")) {
    canvas.dataset.found = "";
    changes.observe(canvas, { attributes: true, attributeFilter: ["data-plot"] });
    sights.observe(canvas);
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("click", press);
document.addEventListener("htmx:after:swap", find);
find();
