// What to try next, with the reason and the line to write.

function drawNext({ sweep }) {
  const { suggestions, no_suggestion: nothing } = sweep.doc;
  const holder = byId("next").querySelector(".body");
  if (!suggestions.length) { fill(holder, el("p", { class: "note" }, `Nothing: ${nothing}.`)); return; }
  fill(holder, el("ol", {}, ...suggestions.map(({ what, why, line }) => el("li", {},
    el("b", {}, what), el("p", {}, why), line === null ? null : el("pre", { tabindex: 0 }, line)))));
}
