// Configurations that ran several times: means, their spread, and what cannot be told from the best.

function drawRepeats({ sweep }) {
  const section = byId("repeats");
  const { replicates } = sweep.doc;
  section.hidden = replicates === null;
  if (replicates === null) return;
  const { groups, measures, note, configurations, axes } = replicates;
  const head = ["Configuration", "Runs", ...measures.flatMap((name) => [name, "95 % interval"]), "Against the best"];
  fill(section.querySelector(".body"),
    ...note.map((line) => el("p", {}, line)),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Repeated runs" },
      el("table", {}, el("thead", {}, el("tr", {}, ...head.map((text, at) =>
        el("th", { scope: "col", class: at && at < head.length - 1 ? "figure" : "" }, text)))),
        el("tbody", {}, ...groups.map((group, at) => repeatsRow(measures, group))))),
    el("p", { class: "hint" }, `The best ${grouped(groups.length)} of ${grouped(configurations)}, by their means` +
      `${axes.length ? ` over ${axes.join(", ")}` : ""}: mean ± standard deviation of the runs.`));
}

function repeatsRow(measures, group) {
  return el("tr", {}, el("th", { scope: "row" }, group.name), el("td", { class: "figure" }, runsText(group)),
    ...measures.flatMap((name, place) => estimateCells(name, group.estimates[place])), el("td", {}, group.told));
}

function estimateCells(name, estimate) {
  if (!estimate) return [el("td", {}), el("td", {})];
  const [mean, , low, high] = estimate;
  const interval = low === null ? "" : `${measured(name, low, mean)} to ${measured(name, high, mean)}`;
  return [el("td", { class: "figure" }, estimateText(name, estimate)), el("td", { class: "figure" }, interval)];
}

/** `97.80% ± 0.55%`, of a mean and the deviation of its runs. */
function estimateText(name, estimate) {
  if (!estimate) return "";
  const [mean, deviation] = estimate;
  return measured(name, mean) + (deviation === null ? "" : ` ± ${measured(name, deviation, mean)}`);
}

/** `3`, or `2 of 3` where some did not succeed. */
const runsText = ({ runs, trials }) => (runs === trials ? grouped(runs) : `${grouped(runs)} of ${grouped(trials)}`);
