"""Roles: what each may do, and that handing one out leaves nothing of the last."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission

from blog import access
from blog.access import Role, grant, role_of, set_role
from tests.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "answers"),
    [
        (None, (False, False, False)),
        (Role.MODERATOR, (False, False, False)),
        (Role.CONTRIBUTOR, (True, False, False)),
        (Role.AUTHOR, (True, True, False)),
        (Role.EDITOR, (True, True, True)),
        (Role.OWNER, (True, True, True)),
    ],
)
def test_role_answers_what_it_may_do(role, answers):
    user = make_user(role=role)

    found = (access.may_write(user), access.may_publish(user), access.may_edit_any(user))

    assert found == answers


def test_stranger_may_nothing():
    stranger = AnonymousUser()

    found = (
        access.may_write(stranger),
        access.may_publish(stranger),
        access.may_edit_any(stranger),
        role_of(stranger),
    )

    assert found == (False, False, False, None)


def test_disabled_account_may_nothing():
    user = make_user(role=Role.OWNER, is_active=False)

    assert (access.may_write(user), access.may_edit_any(user)) == (False, False)


def test_changed_role_takes_the_old_rights_away_and_leaves_other_groups():
    user = make_user(role=Role.OWNER)
    user.groups.add(Group.objects.create(name="choir"))

    set_role(user, Role.MODERATOR)

    assert sorted(user.groups.values_list("name", flat=True)) == ["choir", "moderator"]
    assert (user.is_superuser, user.is_staff, role_of(user)) == (False, True, Role.MODERATOR)


def test_no_role_closes_the_admin():
    user = make_user(role=Role.EDITOR)

    set_role(user, None)

    user.refresh_from_db()
    assert (user.is_superuser, user.is_staff, role_of(user)) == (False, False, None)


def test_highest_of_several_roles_is_named():
    user = make_user(role=Role.AUTHOR)
    user.groups.add(Group.objects.get(name=Role.EDITOR.value))

    assert role_of(user) == Role.EDITOR


def test_groups_hold_what_the_table_says_after_a_migration():
    held = {
        role: set(
            Permission.objects.filter(
                group__name=role.value, content_type__app_label="blog"
            ).values_list("codename", flat=True)
        )
        for role in Role
    }

    assert held == {role: set(names) for role, names in access.BLOG_PERMISSIONS.items()}


def test_permission_that_does_not_exist_is_refused():
    with pytest.raises(LookupError, match="fly_post"):
        grant(Role.AUTHOR, app_label="blog", codenames=["fly_post"])
