// Typing an amount selects "Within ..."; an answer that could not be saved is said aloud and warned about on leaving.
let unsaved = 0;

document.addEventListener("input", (event) => {
  const given = event.target.closest(".choice")?.querySelector('input[type="radio"][value="given"]');
  if (given && event.target !== given) given.checked = true;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches(".question")) unsaved += 1;
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches(".question")) return;
  unsaved -= 1;
  const said = document.getElementById("said");
  const lost = !event.detail.successful;
  said.classList.toggle("visually-hidden", !lost);
  if (lost) said.textContent = document.getElementById("answers").dataset.lost;
});

window.addEventListener("beforeunload", (event) => {
  if (unsaved > 0) event.preventDefault();
});
