// Files dropped anywhere on the upload form are chosen, as if they had been picked one by one.
for (const form of document.querySelectorAll("form.drop")) {
  const field = form.querySelector('input[type="file"]');
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
  });
}
