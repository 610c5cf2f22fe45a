"""Addresses of the review pages; `/shared/` is for guests."""

from __future__ import annotations

from django.urls import path

from evidence.meetings import shared, views

ONE = "designs/<uuid:design_id>/reviews/<int:number>/"

urlpatterns = [
    path("designs/<uuid:design_id>/review/", views.meeting, name="review"),
    path("designs/<uuid:design_id>/reviews/", views.reviews, name="reviews"),
    path(ONE, views.record, name="review-record"),
    path(f"{ONE}remarks/", views.remarks, name="review-remarks"),
    path(f"{ONE}remarks/<uuid:thread_id>/", views.thread, name="review-thread"),
    path(f"{ONE}vote/", views.vote, name="review-vote"),
    path(f"{ONE}close/", views.close, name="review-close"),
    path(f"{ONE}withdraw/", views.withdraw, name="review-withdraw"),
    path(f"{ONE}actions/<int:item_id>/", views.action, name="review-action"),
    path(f"{ONE}links/", views.links, name="review-links"),
    path(f"{ONE}links/<uuid:link_id>/", views.revoke, name="review-revoke"),
    path(f"{ONE}files/<str:name>", views.minutes, name="review-minutes"),
    path("shared/<str:secret>/", shared.shared, name="shared"),
    path("shared/<str:secret>/meeting/", shared.presented, name="shared-meeting"),
]
