// Menus, dialogs, messages and copy buttons. Menus are <details> and dialogs open by their address
// without this; here they also close by Escape, by a click beside them, and when the focus leaves.

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

function openDialog(link) {
  const dialog = document.querySelector(link.getAttribute("href"));
  if (!dialog?.showModal) return false;
  dialog.showModal();
  return true;
}

async function copyText(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const words = button.querySelector("span");
  const before = words.textContent;
  words.textContent = button.dataset.done;
  setTimeout(() => { words.textContent = before; }, 1500);
}

// A row of tabs that is wider than the screen begins with the one that stands open.
function showOpenTab(scope) {
  for (const here of scope.querySelectorAll(".tabs [aria-current]")) {
    const row = here.closest(".tabs");
    row.scrollLeft = Math.max(0, here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2);
  }
}

function showHelpers(scope) {
  showOpenTab(scope);
  for (const button of scope.querySelectorAll(".copy, [data-dismiss], [data-filter]")) button.hidden = false;
  const summary = scope.querySelector("[data-focus]");
  // The living page shows an error that nobody made: it keeps the focus where it is.
  if (!summary?.closest("[data-still]")) summary?.focus();
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const opener = event.target.closest("a[data-dialog]");
  if (opener && openDialog(opener)) event.preventDefault();
  const closer = event.target.closest("[data-close]");
  const dialog = closer?.closest("dialog");
  if (dialog?.open) {
    event.preventDefault();
    dialog.close();
  }
  event.target.closest("[data-dismiss]")?.closest(".toast").remove();
  const copier = event.target.closest("[data-copy]");
  if (copier) copyText(copier);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
  if (document.activeElement?.matches(".source-mark")) document.activeElement.blur();
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-filter]");
  if (!box) return;
  const wanted = box.value.trim().toLowerCase();
  for (const line of box.closest("[data-filterable]").querySelectorAll("li")) {
    line.hidden = !line.textContent.toLowerCase().includes(wanted);
  }
});

document.addEventListener("htmx:load", (event) => showHelpers(event.detail.elt));
showHelpers(document);
