"""The door: name and password. The sentence for a refused attempt never says which of the two was wrong."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView

from seal_advisor.views.words import Problem

REFUSED = (
    "This name and password do not belong together. After ten attempts the door stays shut for a quarter of an hour."
)


class SignIn(LoginView):
    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        return {
            "next": context["next"],
            "username": form.data.get("username", "") if form.is_bound else "",
            "problems": [Problem(REFUSED, "#id_username")] if form.is_bound and form.errors else [],
        }
