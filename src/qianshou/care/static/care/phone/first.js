// Before the modules have come: the screen that the app will most likely begin with is painted with
// the page itself. Only a hint is kept here, "locked" or nothing; app.js looks and decides.
// (A browser that keeps nothing for pages throws; it then paints once app.js is there.)

try {
  document.documentElement.dataset.first = localStorage.getItem("first") ?? "setup";
} catch {
  delete document.documentElement.dataset.first;
}
