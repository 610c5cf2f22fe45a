"""Before something stops counting, its people are told: by mail, and by the webhooks that ask for it."""
