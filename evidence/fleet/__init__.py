"""Many designs at a glance: what each decided, what fails, what is lost with its seal, what runs out next."""
