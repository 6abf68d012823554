"""The list of posts: where each stands, how long it is, what waits there, and many at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from blog import publishing, waiting
from blog.access import may_edit_any, may_publish
from blog.admin.standing import moment, standing
from blog.choices import Audience
from blog.models import Author, Label, Post, PostQuerySet


class StandingFilter(admin.SimpleListFilter):
    """Where posts stand, in the words of the blog."""

    title = _("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The states of a post, and what is private or pinned."""
        return [
            ("draft", _("Draft")),
            ("scheduled", _("Scheduled")),
            ("live", _("Live")),
            ("private", _("Private")),
            ("pinned", _("Pinned")),
            ("ended", _("Ended")),
            ("withdrawn", _("Withdrawn")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """The posts that stand there."""
        assert isinstance(queryset, PostQuerySet)
        chosen: dict[str | None, Callable[[], PostQuerySet]] = {
            "draft": queryset.drafts,
            "scheduled": queryset.scheduled,
            "live": queryset.live,
            "private": lambda: queryset.exclude(audience=Audience.EVERYONE),
            "pinned": queryset.pinned,
            "ended": queryset.ended,
            "withdrawn": queryset.withdrawn,
        }
        return chosen[self.value()]() if self.value() in chosen else queryset


class ChoiceFilter(admin.SimpleListFilter):
    """A filter with too many values for a list of links: a field to choose from, and a button."""

    template = "admin/blog/post/_choice_filter.html"
    others: Sequence[tuple[str, str]] = ()  # what else the address says

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Value, words and whether it is chosen."""
        others = [
            (name, value)
            for name, values in changelist.get_filters_params().items()
            if name != self.parameter_name
            for value in (values if isinstance(values, list) else [values])
        ]
        if changelist.query:
            others.append(("q", changelist.query))
        self.others = others
        yield {"value": "", "display": _("All"), "selected": self.value() is None}
        for value, words in self.lookup_choices:
            chosen = self.value() == str(value)
            yield {"value": value, "display": words, "selected": chosen}

    def chosen(self) -> int | None:
        """The number that was chosen; None for anything else."""
        text = self.value() or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class AuthorFilter(ChoiceFilter):
    """Whose posts."""

    title = _("author")
    parameter_name = "author"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Everybody who signs; nobody to choose for whoever sees only his own."""
        if not may_edit_any(request.user):
            return []
        return [(str(key), name) for key, name in Author.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """His posts."""
        if self.value() is None:
            return queryset
        return queryset.filter(author__in=[self.chosen() or 0])


class LabelFilter(ChoiceFilter):
    """What posts are filed under."""

    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All labels by name."""
        return [(str(key), name) for key, name in Label.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """The posts under it."""
        if self.value() is None:
            return queryset
        return queryset.filter(labels__in=[self.chosen() or 0])


class YearFilter(ChoiceFilter):
    """The year of publication, in the blog's zone."""

    title = _("year")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The years with posts, newest first."""
        years = model_admin.get_queryset(request).dates("published_on", "year", order="DESC")
        return [(str(day.year), str(day.year)) for day in years]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """The posts of that year; none for a year that no calendar has."""
        if self.value() is None:
            return queryset
        year = self.chosen() or 0
        if not 1 <= year <= 9999:
            return queryset.none()
        return queryset.filter(published_on__year=year)


class PostList(ChangeList):
    """The list, without the columns that are only read on other pages."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Post]:
        """With authors and labels: one query for all labels, none per row."""
        posts = super().get_queryset(*args, **kwargs)
        assert isinstance(posts, PostQuerySet)
        return posts.for_cards()

    def get_results(self, request: HttpRequest) -> None:
        """With what waits at each: one query for the page."""
        super().get_results(request)
        posts: list[Any] = list(self.result_list)
        found = waiting.comments_waiting(request.user, [post.pk for post in posts]) or {}
        for post in posts:
            post.waiting = found.get(post.pk)
        self.result_list = posts


class ManyForm(ActionForm):
    """What is done to many, and under which label they are filed when it is that."""

    label = forms.ModelChoiceField(
        Label.objects.all(), label=_("Label:"), required=False, empty_label=_("(which label)")
    )


def cell(name: Any, value: Any) -> SafeString:
    """A value that says what it is where there is no head above it: on a phone."""
    return format_html('<span class="cell-name">{}</span> {}', name, value)


class Overview(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """The list of posts, as a part of their admin."""

    list_display: Any = (
        "name",
        "state_in_words",
        "published",
        "author",
        "label_names",
        "comments_waiting",
        "length",
    )
    list_filter = (StandingFilter, "kind", YearFilter, LabelFilter, AuthorFilter)
    actions = ("publish", "withdraw", "revert_to_draft", "file_under", "trash")
    action_form = ManyForm

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PostList]:
        """Rows as the list shows them."""
        return PostList

    def get_list_display(self, request: HttpRequest) -> Any:
        """What waits stands there for those who decide about it."""
        if waiting.tells(request.user):
            return self.list_display
        return [name for name in self.list_display if name != "comments_waiting"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing is deleted here: the trash comes first."""
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    # --- Columns ---

    @admin.display(description=_("title"), ordering="title")
    def name(self, post: Post) -> SafeString:
        """The title, and whether it is a page or pinned."""
        marks = [_("Page")] if post.is_page else []
        marks += [_("Pinned")] if post.is_pinned else []
        words = format_html('<span dir="auto">{}</span>', post)
        for mark in marks:
            words = format_html('{} <span class="mark">{}</span>', words, mark)
        return words

    @admin.display(description=_("state"), ordering="state")
    def state_in_words(self, post: Post) -> SafeString:
        """Draft, scheduled, live, private, ended or withdrawn."""
        name, words = standing(post)
        return format_html('<span class="mark" data-standing="{}">{}</span>', name, words)

    @admin.display(description=_("date"), ordering="publish_at")
    def published(self, post: Post) -> SafeString:
        """When it was or will be published; for others, when it was last edited."""
        if post.publish_at is not None:
            return cell(_("Published"), moment(post.publish_at))
        return cell(_("Edited"), moment(post.updated_at))

    @admin.display(description=_("labels"), empty_value="–")
    def label_names(self, post: Post) -> str | None:
        """Their names."""
        return ", ".join(label.name for label in post.labels.all()) or None

    @admin.display(description=_("waiting"))
    def comments_waiting(self, post: Any) -> SafeString:
        """How many comments wait for a decision, as a link to them."""
        if post.waiting is None:
            return cell(_("Comments waiting"), "–")
        words = ngettext("%(count)d comment", "%(count)d comments", post.waiting.count)
        link = format_html(
            '<a href="{}">{}</a>', post.waiting.address, words % {"count": post.waiting.count}
        )
        return cell(_("Comments waiting"), link)

    @admin.display(description=_("words"), ordering="word_count")
    def length(self, post: Post) -> SafeString:
        """Chinese and Japanese by character."""
        return cell(_("Words"), number_format(post.word_count, force_grouping=True))

    # --- Many at once ---

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether the actions on the list are offered."""
        return may_publish(request.user)

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Publishes each; what is not ready is named and stays."""
        self._each(request, queryset, publishing.publish_all)

    @admin.action(description=_("Withdraw"), permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Takes each back."""
        self._each(request, queryset, publishing.withdraw_all)

    @admin.action(description=_("Make a draft again"), permissions=["publish"])
    def revert_to_draft(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Makes each a draft."""
        self._each(request, queryset, publishing.revert_all)

    @admin.action(description=_("File under the label"), permissions=["change"])
    def file_under(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Files each under the chosen label too."""
        text = request.POST.get("label", "")
        is_key = text.isascii() and text.isdigit() and len(text) < 19
        label = Label.objects.filter(pk=int(text)).first() if is_key else None
        if label is None:
            self.message_user(request, _("Choose a label beside the action."), messages.WARNING)
            return
        posts = self._own(request, queryset)
        self._report(request, publishing.label_all(posts, [label]))

    @admin.action(description=_("Move to the trash"), permissions=["delete"])
    def trash(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Moves each to the trash."""
        self._each(request, queryset, publishing.trash_all)

    def _each(
        self,
        request: HttpRequest,
        posts: PostQuerySet,
        act: Callable[..., publishing.Outcome],
    ) -> None:
        self._report(request, act(self._own(request, posts), by=request.user))

    def _own(self, request: HttpRequest, posts: PostQuerySet) -> list[Post]:
        """Those that the person may change; another tab may show more."""
        keys = list(posts.values_list("pk", flat=True))
        return list(Post.objects.editable_by(request.user).filter(pk__in=keys))

    def _report(self, request: HttpRequest, outcome: publishing.Outcome) -> None:
        """Says what was done, and of each that was not, why."""
        for post, sentence in outcome.refused:
            refusal = format_html('<span dir="auto">{}</span>: {}', post, sentence)
            self.message_user(request, refusal, messages.WARNING)
        done = len(outcome.done)
        words = ngettext("%(count)s post was changed.", "%(count)s posts were changed.", done)
        self.message_user(request, words % {"count": done}, messages.SUCCESS)
