"""Addresses of the comment feeds: Blogger's."""

from django.urls import path

from comments import feeds

urlpatterns = [
    path("feeds/comments/default", feeds.comments, name="comment_feed"),
    path("feeds/<int:number>/comments/default", feeds.post_comments, name="post_comment_feed"),
]
