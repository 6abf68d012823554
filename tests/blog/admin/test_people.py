"""Accounts, roles, the one way in, and the reminder to change the first password."""

import pytest
from django.urls import reverse

from blog.access import Role, role_of
from blog.models import Author
from tests.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    user = make_user("own", role=Role.OWNER)
    client.force_login(user)
    return user


def change(user):
    return reverse("admin:auth_user_change", args=[user.pk])


def filled(user, **changes):
    return {
        "username": user.username,
        "email": user.email,
        "role": role_of(user) or "",
        "is_active": "on",
        **changes,
    }


def test_owner_makes_an_account_with_a_role(client, owner):
    client.post(
        reverse("admin:auth_user_add"),
        {
            "username": "eva",
            "email": "eva@example.org",
            "role": "editor",
            "password1": "long enough to keep",
            "password2": "long enough to keep",
        },
    )

    eva = type(owner).objects.get(username="eva")
    assert (role_of(eva), eva.is_staff, eva.check_password("long enough to keep")) == (
        Role.EDITOR,
        True,
        True,
    )


def test_owner_changes_a_role(client, owner):
    user = make_user(role=Role.EDITOR)

    client.post(change(user), filled(user, role="moderator"))

    user = type(user).objects.get(pk=user.pk)
    assert (role_of(user), user.has_perm("blog.add_post")) == (Role.MODERATOR, False)


@pytest.mark.parametrize("changes", [{"role": "editor"}, {"role": ""}, {"is_active": ""}])
def test_only_owner_stays_one(client, owner, changes):
    response = client.post(change(owner), filled(owner, **changes))

    owner.refresh_from_db()
    assert response.context["adminform"].form.errors == {
        "__all__": ["This is the only owner. Make somebody else an owner first."]
    }
    assert (owner.is_superuser, owner.is_active) == (True, True)


def test_only_owner_cannot_be_deleted(client, owner):
    response = client.post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})

    assert response.status_code == 403
    assert type(owner).objects.filter(pk=owner.pk).exists()


def test_one_of_two_owners_may_step_back(client, owner):
    make_user(role=Role.OWNER)

    client.post(change(owner), filled(owner, role=""))

    owner.refresh_from_db()
    assert (owner.is_superuser, owner.is_staff) == (False, False)


def test_password_hash_is_nowhere_on_the_page(client, owner):
    user = make_user()

    page = client.get(change(user)).content.decode()

    assert (user.password in page, user.password.rpartition("$")[2] in page) == (False, False)
    assert "algorithm" not in page


def test_admin_sends_strangers_to_the_one_log_in(client):
    response = client.get("/admin/blog/post/", follow=True)

    assert response.redirect_chain[-1] == (
        "/accounts/login/?next=%2Fadmin%2Fblog%2Fpost%2F",
        302,
    )


def test_person_with_a_role_cannot_try_passwords_at_the_stock_log_in(client):
    client.force_login(make_user("aut", role=Role.AUTHOR))
    owner = make_user("own", role=Role.OWNER)

    client.post("/admin/login/", {"username": owner.username, "password": "secret"})

    assert client.get("/admin/").context["user"].username == "aut"


@pytest.mark.parametrize(
    "away", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"]
)
def test_log_in_never_leads_to_another_site(client, away):
    make_user("aut", role=Role.AUTHOR)

    response = client.post("/accounts/login/", {"login": "aut", "password": "secret", "next": away})

    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_one_time_password_is_recalled_until_it_is_changed(client, owner):
    author = Author.objects.writing_as(owner)
    author.has_initial_password = True
    author.save()
    sentence = "You still use the password"

    before = client.get("/admin/").content.decode()
    client.post(
        "/admin/password_change/",
        {
            "old_password": "secret",
            "new_password1": "one of my own",
            "new_password2": "one of my own",
        },
    )
    after = client.get("/admin/").content.decode()

    assert (sentence in before, sentence in after) == (True, False)


def test_saved_account_without_a_new_password_is_still_reminded(owner):
    author = Author.objects.writing_as(owner)
    author.has_initial_password = True
    author.save()

    owner.first_name = "Ada"
    owner.save()

    author.refresh_from_db()
    assert author.has_initial_password


def test_accounts_are_found_by_role(client, owner):
    make_user("emil", role=Role.EDITOR)
    make_user("rita")
    address = reverse("admin:auth_user_changelist")

    found = {
        role: [
            person.username for person in client.get(address, {"role": role}).context["cl"].queryset
        ]
        for role in ("owner", "editor", "author")
    }

    assert found == {"owner": ["own"], "editor": ["emil"], "author": []}
