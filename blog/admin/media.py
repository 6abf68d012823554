"""The media library in the admin."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path

from blog.admin import media_json
from blog.models import MediaItem


@admin.register(MediaItem)
class MediaItemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """What scripts of the desk ask; it has no page yet."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Nothing to open."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The addresses for scripts."""
        return [
            path("upload/", media_json.upload, name="blog_mediaitem_upload"),
            path("picker/", media_json.picker, name="blog_mediaitem_picker"),
        ]
