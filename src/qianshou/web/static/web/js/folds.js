// Cards that fold: a wide screen shows them open, a narrow one folded, save where something waits.
// Loaded in the head and not as a module: each card is opened before it is first painted, so that
// nothing jumps. What a reader opened or closed stays so when the page fetches itself anew.

(() => {
  const wide = matchMedia("(min-width: 48rem)");
  const chosen = new Map();
  const folds = () => document.querySelectorAll("details[data-wide]");

  function prepare(fold) {
    if (fold.dataset.ready) return;
    fold.dataset.ready = "";
    fold.open = chosen.get(fold.id) ?? (wide.matches || fold.open);
  }

  new MutationObserver(() => folds().forEach(prepare))
    .observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    const fold = event.target.closest("summary")?.parentElement;
    // The click is heard before the card moves.
    if (fold?.matches("details[data-wide]")) chosen.set(fold.id, !fold.open);
  });

  // A link to a folded card, or into one, opens it.
  function reveal() {
    const fold = location.hash && document.querySelector(location.hash)?.closest("details[data-wide]");
    if (fold) fold.open = true;
  }
  addEventListener("hashchange", reveal);
  addEventListener("DOMContentLoaded", reveal);

  // Paper shows everything.
  let before = [];
  addEventListener("beforeprint", () => {
    before = [...folds()].filter((fold) => !fold.open);
    for (const fold of before) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of before) fold.open = false;
  });
})();
