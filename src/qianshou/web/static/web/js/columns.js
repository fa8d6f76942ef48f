// Columns of a list that the reader hides stay hidden on this device, also after a swap.

const KEY = "columns:";

function read(name) {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY + name) ?? "[]"));
  } catch {
    // A value that something else wrote there means no choice at all.
    return new Set();
  }
}

function apply(menu) {
  const hidden = read(menu.dataset.columns);
  menu.hidden = false;
  for (const box of menu.querySelectorAll("input")) box.checked = !hidden.has(box.value);
  for (const row of menu.nextElementSibling.querySelectorAll("tr")) {
    [...row.cells].forEach((cell, place) => { cell.hidden = hidden.has(String(place)); });
  }
}

function applyAll() {
  for (const menu of document.querySelectorAll("[data-columns]")) apply(menu);
}

document.addEventListener("change", (event) => {
  const menu = event.target.closest("[data-columns]");
  if (!menu) return;
  const hidden = [...menu.querySelectorAll("input:not(:checked)")].map((box) => box.value);
  localStorage.setItem(KEY + menu.dataset.columns, JSON.stringify(hidden));
  apply(menu);
});

document.addEventListener("htmx:load", applyAll);
applyAll();
