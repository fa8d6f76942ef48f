// The reader's look: light or dark, text size, narrow rail. Kept in cookies, so that the server
// writes the choice into the page and nothing flashes on the next one.

const root = document.documentElement;
const YEAR = 60 * 60 * 24 * 365;

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
}

function choose(name, value) {
  const stored = value === "auto" || value === "normal" ? "" : value;
  keep(name, stored);
  if (stored) root.dataset[name] = stored;
  else delete root.dataset[name];
  showChoices();
}

function showChoices() {
  for (const button of document.querySelectorAll("[data-look] button")) {
    const chosen = root.dataset[button.name] ?? (button.name === "theme" ? "auto" : "normal");
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
  for (const toggle of document.querySelectorAll("[data-rail-toggle]")) {
    toggle.hidden = false;
    toggle.setAttribute("aria-pressed", String(root.dataset.rail === "narrow"));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-look] button");
  if (button) {
    event.preventDefault();
    choose(button.name, button.value);
  }
  if (event.target.closest("[data-rail-toggle]")) {
    choose("rail", root.dataset.rail === "narrow" ? "" : "narrow");
  }
});

for (const form of document.querySelectorAll("[data-look]")) form.hidden = false;
showChoices();
