"""Accounts in the admin: who they are and which role they have. For owners."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blog.access import Role, role_of, set_role

ROLES = [("", _("Reader: comments only")), *Role.choices]


def is_last_owner(user: User) -> bool:
    """Whether nobody but `user` could hand out roles. One query."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return user.is_superuser and not others.exists()


class RoleFields(forms.Form):
    """The role, chosen like any other property of an account."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=ROLES,
        required=False,
        help_text=_(
            "Contributors write drafts, authors write and publish their own posts, editors all "
            "posts, moderators decide about comments, owners do everything."
        ),
    )


class PersonForm(RoleFields, forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """An account without its password, which has a page of its own."""

    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Shows the role the account has."""
        super().__init__(*args, **kwargs)
        require_address(self)
        if "role" in self.fields and self.instance.pk:
            self.fields["role"].initial = role_of(self.instance) or ""

    def clean(self) -> dict[str, Any]:
        """Keeps at least one owner who can log in."""
        values = super().clean() or self.cleaned_data
        keeps_owner = values.get("role") == Role.OWNER and values.get("is_active")
        if "role" in values and not keeps_owner and is_last_owner(self.instance):
            raise ValidationError(_("This is the only owner. Make somebody else an owner first."))
        return values


class NewPersonForm(RoleFields, UserCreationForm):  # type: ignore[type-arg]
    """Name, address, role and a first password."""

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Asks for the address where log-in needs one."""
        super().__init__(*args, **kwargs)
        require_address(self)


def require_address(form: forms.BaseForm) -> None:
    """Where mails are sent, log-in asks for a confirmed address: an account without is shut out."""
    if "email" in form.fields:
        form.fields["email"].required = settings.HAS_MAIL


class RoleFilter(admin.SimpleListFilter):
    """Accounts by role, in words."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The roles; a reader has none."""
        return list(Role.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Those with that role; an owner is also who was made one without a group."""
        if self.value() == Role.OWNER:
            return queryset.filter(Q(is_superuser=True) | Q(groups__name=Role.OWNER)).distinct()
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Accounts with one role each. Password hashes, single permissions and groups stay unseen."""

    form = PersonForm
    add_form = NewPersonForm
    fieldsets = (
        (None, {"fields": ("username", "email", "first_name", "last_name")}),
        (_("Rights"), {"fields": ("role", "is_active")}),
        (_("Seen"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "role", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "email", "role", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active")
    filter_horizontal = ()
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Accounts with their groups: one query more for the whole list."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("role"))
    def role(self, user: User) -> str:
        """In words."""
        if user.is_superuser:
            return str(Role.OWNER.label)
        names = {group.name for group in user.groups.all()}
        return str(next((role.label for role in Role if role in names), _("Reader")))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Hands out the role once the account is saved."""
        super().save_related(request, form, formsets, change)
        if "role" in form.cleaned_data:
            role = form.cleaned_data["role"]
            set_role(form.instance, Role(role) if role else None)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never the only owner: nobody could hand out roles any more."""
        if obj is not None and is_last_owner(obj):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: accounts are removed one by one, which looks at who is the last owner."""
        return {}
