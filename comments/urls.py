"""Addresses below /comments/."""

from django.urls import path

from comments import views

app_name = "comments"

urlpatterns = [
    path("on/<int:post_id>/", views.comment_form, name="form"),
    path("sent/<str:token>/", views.sent, name="sent"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("<int:key>/", views.permalink, name="permalink"),
]
