// A swap replaces the panel; what the reader had unfolded in it stays unfolded.
document.addEventListener("htmx:beforeSwap", (event) => {
  const open = [...event.detail.target.querySelectorAll("details[open][id]")].map((element) => element.id);
  const reopen = () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  };
  document.addEventListener("htmx:afterSwap", reopen, { once: true });
});
