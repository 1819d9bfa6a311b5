// Configurations that ran several times: means, their spread, and what cannot be told from the best.

function drawRepeats({ sweep }) {
  const section = byId("repeats");
  const { replicates } = sweep.doc;
  section.hidden = replicates === null;
  if (replicates === null) return;
  const { groups, measures, indistinct, test, level, configurations, axes } = replicates;
  const head = ["Configuration", "Runs", ...measures.flatMap((name) => [name, "95 % interval"]), "Against the best"];
  fill(section.querySelector(".body"),
    el("p", {}, indistinct
      ? `${counted(indistinct, "configuration")} cannot be told from the best.`
      : "The best can be told from all others."),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Repeated runs" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", {}, ...groups.map((group, at) => repeatsRow(measures, group, at))))),
    el("p", { class: "hint" }, `The best ${grouped(groups.length)} of ${grouped(configurations)}, by their means` +
      `${axes.length ? ` over ${axes.join(", ")}` : ""}: mean ± standard deviation. ${test}, level ${level}.`));
}

function repeatsRow(measures, group, at) {
  const told = at === 0 ? "the best" : group.indistinct ? "cannot be told" : "worse";
  return el("tr", {}, el("th", { scope: "row" }, group.name), el("td", { class: "figure" }, grouped(group.trials)),
    ...measures.flatMap((name, place) => estimateCells(name, group.estimates[place])), el("td", {}, told));
}

function estimateCells(name, estimate) {
  if (!estimate) return [el("td", {}), el("td", {})];
  const [mean, deviation, low, high] = estimate;
  const text = (value) => measured(name, value);
  return [
    el("td", { class: "figure" }, text(mean) + (deviation === null ? "" : ` ± ${text(deviation)}`)),
    el("td", { class: "figure" }, low === null ? "" : `${text(low)} to ${text(high)}`),
  ];
}
