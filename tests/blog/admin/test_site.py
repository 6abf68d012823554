"""Site profile, labels and authors in the admin."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.sites.models import Site
from django.forms.models import model_to_dict
from django.urls import reverse

from blog.access import Role
from blog.models import Author, Label, SiteProfile
from tests.builders import make_author, make_label, make_post, make_user

pytestmark = pytest.mark.django_db

PROFILE = "/admin/blog/siteprofile/1/change/"


@pytest.fixture
def owner(client):
    user = make_user("own", role=Role.OWNER)
    client.force_login(user)
    return user


def profile_form(**changes):
    profile = SiteProfile.current()
    values = {
        name: "on" if value is True else value
        for name, value in model_to_dict(profile).items()
        if value is not False
    }
    return {**values, **changes}


def test_list_of_profiles_is_the_form(client, owner):
    SiteProfile.current()

    response = client.get("/admin/blog/siteprofile/")

    assert (response.status_code, response.headers["Location"]) == (302, PROFILE)


def test_changed_zone_moves_posts_to_their_new_days(client, owner):
    post = make_post(publish_at=datetime(2015, 12, 31, 20, 0, tzinfo=UTC))

    client.post(PROFILE, profile_form(time_zone="Asia/Shanghai", title="纸边"))

    post.refresh_from_db()
    assert (post.published_on, SiteProfile.current().title) == (date(2016, 1, 1), "纸边")
    assert Site.objects.get_current().name == "纸边"


def test_unknown_zone_is_refused_with_a_sentence(client, owner):
    response = client.post(PROFILE, profile_form(time_zone="Mars/Olympus"))

    assert response.context["adminform"].form.errors == {
        "time_zone": [
            "“Mars/Olympus” is no time zone. Try a name like Europe/Berlin or Asia/Shanghai."
        ]
    }


def test_renamed_label_keeps_its_posts(client, owner):
    label = make_label("paper")
    post = make_post(labels=[label])

    client.post(reverse("admin:blog_label_change", args=[label.pk]), {"name": " Paper "})

    assert [str(one) for one in post.labels.all()] == ["Paper"]


def test_twin_label_that_differs_by_case_is_refused(client, owner):
    make_label("Paper")

    response = client.post("/admin/blog/label/add/", {"name": "paper"})

    assert response.context["adminform"].form.errors == {
        "name": ["There is a label “Paper” already."]
    }
    assert Label.objects.count() == 1


@pytest.mark.parametrize("address", ["/admin/blog/label/", "/admin/blog/author/"])
def test_list_asks_as_much_for_three_rows_as_for_one(
    client, owner, django_assert_max_num_queries, address
):
    def add(number):
        author = make_author(f"Author {number}", user=make_user(f"writer{number}"))
        make_post(title=str(number), author=author, labels=[make_label(f"Label {number}")])

    add(1)
    client.get(address)
    with django_assert_max_num_queries(20) as counted:
        client.get(address)
    for_one = len(counted)
    add(2)
    add(3)
    with django_assert_max_num_queries(for_one):
        client.get(address)


def test_editor_renames_an_author_and_cannot_say_who_writes_as_him(client):
    client.force_login(make_user(role=Role.EDITOR))
    author, stranger = make_author("Old"), make_user()

    client.post(
        reverse("admin:blog_author_change", args=[author.pk]),
        {"name": "New", "about": "", "user": stranger.pk},
    )

    assert Author.objects.values_list("name", "user").get(pk=author.pk) == ("New", None)
