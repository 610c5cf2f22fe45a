// A form that a security key fills in: the key is asked when the form is sent. What to ask is in data-options.
for (const form of document.querySelectorAll("form[data-security-key]")) {
  const field = form.elements.namedItem("credential");
  const problem = form.querySelector("[data-problem]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const options = JSON.parse(form.dataset.options);
    try {
      let credential;
      if (form.dataset.securityKey === "create") {
        const wanted = options.creation_options;
        Object.assign(wanted.publicKey.authenticatorSelection, { residentKey: "discouraged", requireResidentKey: false });
        credential = await window.webauthnJSON.create(wanted);
      } else {
        credential = await window.webauthnJSON.get(options.request_options);
      }
      field.value = JSON.stringify(credential);
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
