"""Addresses below /comments/."""

from django.urls import path

from comments import (
    guest_views,
    moderation_views,
    newsletter_views,
    own_views,
    reader_views,
    subscription_views,
    views,
)

app_name = "comments"

urlpatterns = [
    path("on/<int:post_id>/", views.comment_form, name="form"),
    path("sent/<str:token>/", views.sent, name="sent"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("<int:key>/", views.permalink, name="permalink"),
    path("follow/<int:post_id>/", subscription_views.follow, name="follow"),
    path("follow/<str:token>/", subscription_views.confirm_follow, name="confirm_follow"),
    path("unsubscribe/<str:token>/", subscription_views.unsubscribe, name="unsubscribe"),
    path("newsletter/", newsletter_views.subscribe, name="newsletter"),
    path("newsletter/<str:token>/", newsletter_views.confirm, name="confirm_newsletter"),
    path("newsletter/end/<str:token>/", newsletter_views.end, name="end_newsletter"),
    path("moderate/<str:token>/", moderation_views.moderate, name="moderate"),
    path("<int:key>/edit/", own_views.edit, name="edit"),
    path("<int:key>/delete/", own_views.delete, name="delete"),
    path("<int:key>/like/", reader_views.like, name="like"),
    path("<int:key>/report/", reader_views.report, name="report"),
    path("<int:key>/mark/", reader_views.mark, name="mark"),
    path("mine/", guest_views.mine, name="mine"),
    path("mine/open/<str:token>/", guest_views.open_mine, name="open_mine"),
    path("mine/copy.json", guest_views.copy, name="copy"),
    path("mine/erase/", guest_views.erase, name="erase"),
    path("mine/forget/", guest_views.forget, name="forget"),
    path(
        "mine/subscriptions/<int:key>/end/", guest_views.end_subscription, name="end_subscription"
    ),
]
