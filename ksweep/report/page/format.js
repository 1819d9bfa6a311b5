// Values as people read them: the same digits and units as the text reports have.

/** Five digits that say something, more before the point. */
function figure(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value);
  if (size >= 1e4 && size < 1e15) return value.toFixed(1);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return trimmed(value.toExponential(4));
  return String(Number(value.toPrecision(5)));
}

const trimmed = (text) => text.replace(/\.?0+e/, "e");

const seconds = (value) =>
  value >= 1 ? `${value.toFixed(1)}s` : `${Number(value.toPrecision(3))}s`;

/** A metric or resource with its unit, where it has a known one; an accuracy up to 1 is a share. */
function measured(name, value, beside = value) {
  if (!Number.isFinite(value)) return "";
  if (name === "test_acc" && Math.abs(beside) > 1) return `${value.toFixed(2)}%`;
  if (name === "final_sparsity") return `${(100 * value).toFixed(1)}%`;
  return name === "total_time" ? seconds(value) : figure(value);
}

const grouped = (count) => count.toLocaleString("en-US");

const counted = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

/** `7s`, `3m 20s`, `5h 07m`, `2d 03h`. */
function duration(value) {
  const whole = Math.round(value);
  const two = (part) => String(Math.floor(part)).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${two((whole % 3600) / 60)}m`;
  return `${Math.floor(whole / 86400)}d ${two((whole % 86400) / 3600)}h`;
}

const cut = (text, width) => (text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 1))}…`);

const clock = (unixSeconds) =>
  new Date(unixSeconds * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC";
