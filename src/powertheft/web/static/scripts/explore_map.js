// Draws places as circles: as large as they have connections, as dark as visits found theft there. No tiles: nothing is
// asked of another server, and a utility's own grid has none.

const STEPS = [0, 0.1, 0.2, 0.35, 0.5];

function colour(place, style) {
  const rate = place.inspected ? place.thefts / place.inspected : 0;
  const step = STEPS.filter((least) => rate >= least).length;
  return style.getPropertyValue(`--step-${step}`);
}

/** Tokens are light-dark(): a probe says what they are in the theme that holds. */
function resolve(canvas) {
  const probe = document.createElement("span");
  canvas.after(probe);
  for (const step of [1, 2, 3, 4, 5]) {
    probe.style.color = `var(--scale-${step})`;
    canvas.style.setProperty(`--step-${step}`, getComputedStyle(probe).color);
  }
  probe.style.color = "var(--edge)";
  canvas.style.setProperty("--step-edge", getComputedStyle(probe).color);
  probe.remove();
  return getComputedStyle(canvas);
}

function told(place, words) {
  const count = (number) => number.toLocaleString(document.documentElement.dataset.numbers);
  const visits = place.inspected ? `${count(place.thefts)} ${words.of} ${count(place.inspected)} ${words.theft}` : words.none;
  const box = document.createElement("span");
  box.append(`${count(place.connections)} ${words.connections}`, document.createElement("br"), visits);
  return box;
}

async function show(canvas) {
  const words = JSON.parse(canvas.dataset.words);
  const caption = canvas.closest("figure").querySelector("figcaption");
  try {
    const answer = await fetch(canvas.dataset.map, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const found = await answer.json();
    caption.textContent = found.caption;
    if (found.places.length) draw(canvas, found, words);
    else canvas.hidden = true;
  } catch {
    canvas.classList.add("failed");
    canvas.textContent = words.failed;
  }
}

function draw(canvas, found, words) {
  const { L } = window;
  const options = { attributionControl: false, preferCanvas: true, zoomSnap: 0.5, scrollWheelZoom: false };
  // Kilometres of a utility's own grid are flat; degrees are not.
  const map = L.map(canvas, found.is_degrees ? options : { ...options, crs: L.CRS.Simple, minZoom: -5 });
  const style = resolve(canvas);
  const most = Math.max(...found.places.map((place) => place.connections));
  for (const place of found.places) {
    L.circleMarker([place.north, place.east], {
      radius: 4 + 14 * Math.sqrt(place.connections / most),
      color: style.getPropertyValue("--step-edge"),
      weight: 1,
      fillColor: colour(place, style),
      fillOpacity: 0.9,
    }).bindTooltip(told(place, words)).addTo(map);
  }
  map.fitBounds(found.places.map((place) => [place.north, place.east]), { padding: [24, 24], maxZoom: found.is_degrees ? 15 : 8 });
  if (found.is_degrees) L.control.scale({ imperial: false }).addTo(map);
}

function find() {
  for (const canvas of document.querySelectorAll("[data-map]:not([data-found])")) {
    canvas.dataset.found = "";
    show(canvas);
  }
}

document.addEventListener("htmx:after:swap", find);
find();
