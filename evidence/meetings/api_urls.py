"""Addresses of the reviews' API, below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from evidence.meetings import api

ONE = "reviews/<uuid:review_id>/"

urlpatterns = [
    path("designs/<uuid:design_id>/reviews/", api.Reviews.as_view(), name="api-reviews"),
    path(ONE, api.OneReview.as_view(), name="api-review"),
    path(f"{ONE}agenda/", api.Agenda.as_view(), name="api-review-agenda"),
    path(f"{ONE}remarks/", api.Remarks.as_view(), name="api-review-remarks"),
    path(f"{ONE}remarks/<uuid:thread_id>/", api.OneThread.as_view(), name="api-review-thread"),
    path(f"{ONE}votes/", api.Votes.as_view(), name="api-review-votes"),
    path(f"{ONE}close/", api.Close.as_view(), name="api-review-close"),
    path(f"{ONE}withdrawal/", api.Withdraw.as_view(), name="api-review-withdrawal"),
    path(f"{ONE}actions/<int:item_id>/", api.OneAction.as_view(), name="api-review-action"),
    path(f"{ONE}minutes/", api.ReviewMinutes.as_view(), name="api-review-minutes"),
    path(f"{ONE}links/", api.Links.as_view(), name="api-review-links"),
    path(f"{ONE}links/<uuid:link_id>/", api.OneLink.as_view(), name="api-review-link"),
]
