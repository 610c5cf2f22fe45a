// Arrow keys and Page Up / Page Down move through the meeting, as a presenter's clicker does; never while somebody types.
const KEYS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev" };

document.addEventListener("keydown", (event) => {
  const where = KEYS[event.key];
  if (!where || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  const link = document.querySelector(`a[rel="${where}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
