// How much each parameter matters, and whether two of them hang together.

function drawImportance(app) {
  const section = byId("importance");
  const found = importanceOf(app);
  section.hidden = !found;
  if (!found) return;
  const holder = section.querySelector(".body");
  const most = Math.max(...found.shares.map((one) => one.share), 1e-9);
  const together = app.sweep.doc.interactions.filter((one) => one.measure === app.ui.metric);
  const head = ["Parameter", "Importance", "", "Explained by itself", "By chance"];
  const table = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Importance" },
    el("table", { class: "importance" }, el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, ...found.shares.map((one) => importanceRow(one, most)))));
  const chance = " By chance: how often a parameter without any effect would seem to explain as much by itself.";
  fill(holder,
    ...(found.shares.length ? [table] : []),
    el("p", { class: "hint" }, found.how + (found.shares.length ? chance : "")),
    ...together.map((one) => el("p", {}, interactionText(one))));
}

function importanceRow({ name, share, explained, chance }, most) {
  const bar = svg("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: round((100 * share) / most), height: 10, rx: 1 }));
  return el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "figure" }, percent(share)),
    el("td", { class: "bars" }, bar), el("td", { class: "figure" }, explained === null ? "–" : percent(explained)),
    el("td", { class: "figure" }, chance === null ? "–" : chanceText(chance)));
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

const chanceText = (chance) => (chance < 0.001 ? "< 0.001" : chance.toFixed(3));

function interactionText({ one, other, apart, together, chance }) {
  const more = percent(Math.max(together - apart, 0));
  if (chance === null) return `${one} and ${other}: every pair of values ran once, so whether they depend on each other cannot be told.`;
  return chance <= 0.05
    ? `${one} and ${other} depend on each other: together they explain ${more} more than apart (by chance ${chanceText(chance)}).`
    : `Nothing says that ${one} and ${other} depend on each other: together they explain ${more} more than apart (by chance ${chanceText(chance)}).`;
}
