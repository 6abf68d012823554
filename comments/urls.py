"""Addresses below /comments/."""

from django.urls import path

from comments import moderation_views, subscription_views, views

app_name = "comments"

urlpatterns = [
    path("on/<int:post_id>/", views.comment_form, name="form"),
    path("sent/<str:token>/", views.sent, name="sent"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("<int:key>/", views.permalink, name="permalink"),
    path("follow/<int:post_id>/", subscription_views.follow, name="follow"),
    path("follow/<str:token>/", subscription_views.confirm_follow, name="confirm_follow"),
    path("unsubscribe/<str:token>/", subscription_views.unsubscribe, name="unsubscribe"),
    path("moderate/<str:token>/", moderation_views.moderate, name="moderate"),
]
