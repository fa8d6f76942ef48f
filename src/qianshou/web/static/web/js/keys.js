// Keys for people who work through lists: `/` to the search box, j and k between rows, x to choose
// a row, and whatever key a button names itself by data-key (1, 2, 3 in a review).

const TYPING = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]";
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

function rows() {
  return [...document.querySelectorAll("[data-rows] tbody tr, .worklist > li")]
    .filter((row) => row.querySelector("[data-open]"));
}

function moveBy(step) {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step];
  next?.querySelector("[data-open]").focus();
  return Boolean(next);
}

function chooseRow() {
  const box = document.activeElement?.closest("tr")?.querySelector("input[name=pick]");
  box?.click();
  return Boolean(box);
}

function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
  if (!target || document.querySelector("dialog[open]")) return false;
  if (target.matches("input, textarea")) {
    target.focus();
    target.select();
  } else {
    target.click();
  }
  return true;
}

function answer(event) {
  const inRow = document.activeElement?.closest("[data-rows], .worklist");
  if (event.key.startsWith("Arrow") && !inRow) return false;
  if (event.key in STEPS) return moveBy(STEPS[event.key]);
  if (event.key === "x") return chooseRow();
  return press(event.key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key.length === 1 && !(event.key in STEPS)) return;
  if (event.target.matches(TYPING)) return;
  if (answer(event)) event.preventDefault();
});
