// Puts it together: the values, what somebody has chosen, and every part of the page.

const SECTIONS = [drawSummary, drawConvergence, drawImportance, drawRepeats, drawParameters, drawParallel, drawHeatmap, drawFront,
  drawCurves, drawTable, drawFailures, drawNext, drawOrigin];

const app = {
  sweep: null,
  selected: null,
  ui: { metric: null, turned: new Set(), zoom: false, zoomAsked: null, filter: "", brushes: new Map(), axes: null, heat: [], heatHow: "mean",
    front: [], curve: null, columns: null, sort: { name: "#", down: false }, page: 0 },

  /** Takes new values in; what somebody has chosen stays. */
  show(doc) {
    const { ui } = this;
    this.sweep = new Sweep(doc, ui.turned);
    const metrics = this.sweep.measured.map((column) => column.name);
    const usual = doc.basis.objectives[0].metric;
    if (!metrics.includes(ui.metric)) ui.metric = metrics.includes(usual) ? usual : metrics[0] ?? usual;
    setOptions(byId("metric"), metrics, ui.metric);
    byId("name").textContent = doc.name;
    byId("about").textContent = (doc.origin.tables[0]?.rows.find(([name]) => name === "Command") ?? ["", doc.path])[1];
    byId("made").textContent = `Made by ksweep on ${doc.made_at.replace("T", " ").slice(0, 19)} UTC from ${doc.path}`;
    byId("waiting").hidden = true;
    this.select();
  },

  /** Selects rows by the filter and the brushes, then draws. */
  select() {
    const { sweep, ui } = this;
    const { test, problem } = parseFilter(sweep, ui.filter);
    const brushes = [...ui.brushes].map(([name, brush]) => [sweep.columns.get(name), brush])
      .filter(([column]) => column?.num).map(([column, brush]) => [column, fitted(column, brush)]);
    brushes.forEach(([column, brush]) => ui.brushes.set(column.name, brush));
    this.selected = new Uint8Array(sweep.n);
    let count = 0;
    for (let row = 0; row < sweep.n; row += 1) {
      const on = test(row) && brushes.every(([column, brush]) => brushed(column, row, brush));
      this.selected[row] = on ? 1 : 0;
      count += this.selected[row];
    }
    byId("filter-problem").textContent = problem;
    byId("selection").textContent = `${grouped(count)} of ${counted(sweep.n, "trial")} selected`;
    byId("clear").hidden = !ui.filter && !ui.brushes.size;
    this.draw();
  },

  draw() {
    if (!this.sweep) return;
    const { sweep, ui } = this;
    hideTooltip();
    ui.zoom = byId("zoom").checked = ui.zoomAsked ?? (sweep.columns.has(ui.metric) && sweep.crowded(ui.metric));
    byId("goal").textContent = sweep.up(ui.metric) ? "↑ high is good" : "↓ low is good";
    keepingFocus(() => { SECTIONS.forEach((section) => section(this)); drawContents(); });
  },
};

/** Links to the sections that there are. */
function drawContents() {
  const titled = [...document.querySelectorAll("main > section")].filter((one) => !one.hidden && one.querySelector(":scope > h2"));
  fill(byId("contents"), ...titled.map((one) => el("a", { href: `#${one.id}` }, one.querySelector("h2").textContent)));
}

/** The values that came with the page; null where it has to ask for them. */
async function embedded() {
  const holder = byId("data");
  const { textContent: text, type } = holder;
  holder.remove();
  if (!text) return null;
  if (type !== "application/gzip") return JSON.parse(text);
  const characters = atob(text);
  const packed = new Uint8Array(characters.length);
  for (let at = 0; at < packed.length; at += 1) packed[at] = characters.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function listen() {
  let asked = 0;
  byId("metric").addEventListener("change", (event) => { app.ui.metric = event.target.value; app.ui.zoomAsked = null; app.draw(); });
  byId("zoom").addEventListener("change", (event) => { app.ui.zoomAsked = event.target.checked; app.draw(); });
  byId("goal").addEventListener("click", () => {
    const { turned, metric } = app.ui;
    if (!turned.delete(metric)) turned.add(metric);
    app.draw();
  });
  byId("filter").addEventListener("input", (event) => {
    clearTimeout(asked);
    asked = setTimeout(() => { app.ui.filter = event.target.value.trim(); app.ui.page = 0; app.select(); }, 150);
  });
  byId("clear").addEventListener("click", () => {
    app.ui.filter = byId("filter").value = "";
    app.ui.brushes.clear();
    app.select();
  });
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; app.draw(); } });
}

async function start() {
  listen();
  const doc = await embedded();
  if (doc) { app.show(doc); return; }
  byId("waiting").textContent = "Reading the results.";
  byId("waiting").hidden = false;
  follow(app);
}

start();
