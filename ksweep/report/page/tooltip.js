// The small box beside a mark, and the large one with everything known of a trial.

function showTooltip(root, x, y, lines) {
  const box = byId("tooltip");
  fill(box, ...lines.map((text, at) => el(at ? "div" : "strong", {}, text)));
  box.hidden = false;
  const bounds = root.getBoundingClientRect();
  const left = clamp(bounds.left + x + 14, 4, innerWidth - box.offsetWidth - 4);
  const below = bounds.top + y + 14;
  const top = below + box.offsetHeight > innerHeight ? bounds.top + y - box.offsetHeight - 10 : below;
  box.style.left = `${left + scrollX}px`;
  box.style.top = `${Math.max(top, 2) + scrollY}px`;
}

function hideTooltip() {
  byId("tooltip").hidden = true;
}

function pairs(columns, row) {
  return el("dl", { class: "pairs" }, ...columns.flatMap((column) => {
    const text = column.text(row);
    return text === "" ? [] : [el("dt", {}, column.name), el("dd", {}, text)];
  }));
}
