"""Who may open and send what in the admin: every address, every role, GET and POST.

A status says: 200 there you are, 302 sent elsewhere (a stranger or reader to the log-in, an author
away from what is not his), 403 known and refused, 404 nothing there, 405 not that way. POST sends
an empty form, so 200 means "allowed, and here is what is missing".
"""

import re

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, reverse

from blog.access import Role
from blog.choices import State
from blog.models import Author, Post
from comments.choices import Status
from comments.models import BlockRule
from tests.builders import (
    make_comment,
    make_guest,
    make_label,
    make_media_item,
    make_post,
    make_user,
)

# How the names of addresses end that are about one row.
KEYED = ("_change", "_delete", "_history", "_preview", "_replace", "_inspection", "_proof")
PEOPLE = ("stranger", "reader", "contributor", "author", "editor", "moderator", "owner")

# Name of the address, and what it is about; then what GET and POST answer to each of PEOPLE.
#                                     stranger reader   contr.   author   editor   moder.   owner
TABLE = """
index                                 302 302  302 302  200 200  200 200  200 200  200 200  200 200
login                                 302 302  403 403  302 302  302 302  302 302  302 302  302 302
logout                                302 302  302 302  405 302  405 302  405 302  405 302  405 302
password_change                       302 302  302 302  200 200  200 200  200 200  200 200  200 200
password_change_done                  302 302  302 302  200 405  200 405  200 405  200 405  200 405
autocomplete                          302 302  302 302  403 405  403 405  403 405  403 405  403 405
jsi18n                                302 302  302 302  200 405  200 405  200 405  200 405  200 405
view_on_site                          302 302  302 302  302 302  302 302  302 302  302 302  302 302
blog_author_changelist                302 302  302 302  403 403  403 403  200 200  403 403  200 200
blog_author_add                       302 302  302 302  403 403  403 403  200 200  403 403  200 200
blog_author_history                   302 302  302 302  403 403  403 403  200 200  403 403  200 200
blog_author_delete                    302 302  302 302  403 403  403 403  403 403  403 403  200 200
blog_author_change                    302 302  302 302  403 403  403 403  200 200  403 403  200 200
blog_label_changelist                 302 302  302 302  200 200  200 200  200 200  403 403  200 200
blog_label_add                        302 302  302 302  200 200  200 200  200 200  403 403  200 200
blog_label_history                    302 302  302 302  200 200  200 200  200 200  403 403  200 200
blog_label_delete                     302 302  302 302  403 403  403 403  200 200  403 403  200 200
blog_label_change                     302 302  302 302  200 403  200 403  200 200  403 403  200 200
auth_user_password_change             302 302  302 302  403 403  403 403  403 403  403 403  200 200
auth_user_changelist                  302 302  302 302  403 403  403 403  403 403  403 403  200 200
auth_user_add                         302 302  302 302  403 403  403 403  403 403  403 403  200 200
auth_user_history                     302 302  302 302  403 403  403 403  403 403  403 403  200 200
auth_user_delete                      302 302  302 302  403 403  403 403  403 403  403 403  200 200
auth_user_change                      302 302  302 302  403 403  403 403  403 403  403 403  200 200
blog_post_preview own                 302 302  302 302  405 404  405 200  405 200  405 404  405 200
blog_post_preview other's             302 302  302 302  405 404  405 404  405 200  405 403  405 200
blog_post_proposals                   302 302  302 302  200 405  200 405  200 405  403 405  200 405
blog_post_convert                     302 302  302 302  405 200  405 200  405 200  405 403  405 200
blog_post_check                       302 302  302 302  405 200  405 200  405 200  405 403  405 200
blog_post_copy_keep                   403 403  403 403  405 404  405 404  405 404  403 403  405 404
blog_post_copy_token                  403 403  403 403  200 405  200 405  200 405  403 403  200 405
blog_post_copy                        302 302  302 302  404 405  404 405  404 405  403 405  404 405
blog_post_copy_discard                302 302  302 302  405 404  405 404  405 404  405 403  405 404
blog_post_compare                     302 302  302 302  404 405  404 405  404 405  403 405  404 405
blog_post_restore                     302 302  302 302  405 404  405 404  405 404  405 403  405 404
blog_post_changelist                  302 302  302 302  200 200  200 200  200 200  200 200  200 200
blog_post_add                         302 302  302 302  200 200  200 200  200 200  403 403  200 200
blog_post_history own                 302 302  302 302  404 404  200 200  200 200  404 404  200 200
blog_post_history other's             302 302  302 302  404 404  404 404  200 200  403 403  200 200
blog_post_delete own                  302 302  302 302  302 302  200 200  200 200  403 403  200 200
blog_post_delete other's              302 302  302 302  302 302  302 302  200 200  403 403  200 200
blog_post_change own                  302 302  302 302  302 302  200 200  200 200  302 403  200 200
blog_post_change other's              302 302  302 302  302 302  302 302  200 200  200 403  200 200
blog_mediaitem_changelist             302 302  302 302  200 200  200 200  200 200  403 403  200 200
blog_mediaitem_add                    302 302  302 302  200 302  200 302  200 302  403 403  200 302
blog_mediaitem_change own             302 302  302 302  404 404  200 302  200 302  403 403  200 302
blog_mediaitem_change other's         302 302  302 302  200 403  200 403  200 302  403 403  200 302
blog_mediaitem_replace own            302 302  302 302  405 404  405 302  405 302  405 403  405 302
blog_mediaitem_replace other's        302 302  302 302  405 403  405 403  405 302  405 403  405 302
blog_mediaitem_delete own             302 302  302 302  404 404  200 302  404 404  403 403  404 404
blog_mediaitem_delete other's         302 302  302 302  403 403  403 403  200 302  403 403  404 404
blog_mediaitem_upload                 403 403  403 403  405 400  405 400  405 400  403 403  405 400
blog_mediaitem_picker                 403 403  403 403  200 405  200 405  200 405  403 403  200 405
blog_siteprofile_changelist           302 302  302 302  403 403  403 403  403 403  403 403  302 302
blog_siteprofile_add                  302 302  302 302  403 403  403 403  403 403  403 403  403 403
blog_siteprofile_history              302 302  302 302  403 403  403 403  403 403  403 403  200 200
blog_siteprofile_delete               302 302  302 302  403 403  403 403  403 403  403 403  403 403
blog_siteprofile_change               302 302  302 302  403 403  403 403  403 403  403 403  200 200
blog_siteprofile_appearance           302 302  302 302  403 403  403 403  403 403  403 403  200 422
blog_siteprofile_appearance_look      302 302  302 302  405 403  405 403  405 403  405 403  405 422
blog_siteprofile_appearance_pictures  302 302  302 302  405 403  405 403  405 403  405 403  405 302
comments_blogcomment_changelist       302 302  302 302  403 403  403 403  200 302  200 302  200 302
comments_blogcomment_change           302 302  302 302  403 403  403 403  200 302  200 302  200 302
comments_moderationevent_changelist   302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_moderationevent_change       302 302  302 302  403 403  403 403  200 403  200 403  200 403
comments_moderationevent_export       302 302  302 302  403 405  403 405  200 405  200 405  200 405
comments_blockrule_changelist         302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_blockrule_add                302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_blockrule_history            302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_blockrule_delete             302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_blockrule_change             302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_guest_changelist             302 302  302 302  403 403  403 403  200 200  200 200  200 200
comments_guest_change                 302 302  302 302  403 403  403 403  200 403  200 403  200 403
app_list                              302 302  302 302  200 200  200 200  200 200  200 200  200 200
autocomplete labels                   302 302  302 302  200 405  200 405  200 405  403 405  200 405
blog_post_preview contributed         302 302  302 302  405 200  405 404  405 200  405 404  405 200
blog_post_preview accepted            302 302  302 302  405 403  405 404  405 200  405 403  405 200
blog_post_history contributed         302 302  302 302  200 200  404 404  200 200  404 404  200 200
blog_post_history accepted            302 302  302 302  403 403  404 404  200 200  403 403  200 200
blog_post_delete contributed          302 302  302 302  200 200  302 302  200 200  403 403  200 200
blog_post_delete accepted             302 302  302 302  403 403  302 302  200 200  403 403  200 200
blog_post_change contributed          302 302  302 302  200 200  302 302  200 200  302 403  200 200
blog_post_change accepted             302 302  302 302  200 403  302 302  200 200  200 403  200 200
blog_post_inspection own              302 302  302 302  405 404  405 200  405 200  405 404  405 200
blog_post_inspection other's          302 302  302 302  405 404  405 404  405 200  405 403  405 200
blog_post_inspection contributed      302 302  302 302  405 200  405 404  405 200  405 404  405 200
blog_post_inspection accepted         302 302  302 302  405 403  405 404  405 200  405 403  405 200
blog_post_proof own                   302 302  302 302  404 404  200 200  200 200  404 404  200 200
blog_post_proof other's               302 302  302 302  404 404  404 404  200 200  403 403  200 200
blog_post_proof contributed           302 302  302 302  200 200  404 404  200 200  404 404  200 200
blog_post_proof accepted              302 302  302 302  403 403  404 404  200 200  403 403  200 200
blog_post_trash                       302 302  302 302  200 404  200 404  200 404  403 403  200 404
"""


def names_of(patterns, found):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            found.append(pattern.name)
        else:
            names_of(pattern.url_patterns, found)
    return found


@pytest.fixture
def people(db):
    return {
        "stranger": None,
        "reader": make_user("rea"),
        "contributor": make_user("con", role=Role.CONTRIBUTOR),
        "author": make_user("aut", role=Role.AUTHOR),
        "editor": make_user("edi", role=Role.EDITOR),
        "moderator": make_user("mod", role=Role.MODERATOR),
        "owner": make_user("own", role=Role.OWNER),
    }


@pytest.fixture
def addresses(people):
    """Each address of the admin with something to open: its name and what it is about → path."""
    own = make_post(title="Own", author=people["author"], state=State.DRAFT)
    picture, others_picture = (make_media_item(by=people[who]) for who in ("author", "editor"))
    shown = f"![]({others_picture.get_absolute_url()})"
    others = make_post(title="Other", body=shown, author=people["editor"])
    contributed = make_post(title="Contributed", author=people["contributor"], state=State.DRAFT)
    accepted = make_post(title="Accepted", author=people["contributor"])
    comment = make_comment(others, status=Status.HELD)
    keys = {
        "post": {
            "own": own.pk,
            "other's": others.pk,
            "contributed": contributed.pk,
            "accepted": accepted.pk,
        },
        "mediaitem": {"own": picture.pk, "other's": others_picture.pk},
        "label": {"": make_label().pk},
        "author": {"": Author.objects.writing_as(people["author"]).pk},
        "siteprofile": {"": 1},
        "user": {"": people["reader"].pk},
        "blogcomment": {"": comment.pk},
        "guest": {"": make_guest().pk},
        "blockrule": {"": BlockRule.objects.create(kind="word", pattern="casino").pk},
        "moderationevent": {"": comment.events.create(act="held", status_after="held").pk},
    }
    found = {}
    for name in names_of(admin.site.urls[0], []):
        if name is None:  # the bare number that once was a change form, and what nothing else knows
            continue
        model = next((model for model in keys if f"_{model}_" in name), None)
        needs_key = name.endswith(KEYED) and model
        if name == "app_list":
            found["app_list"] = reverse("admin:app_list", args=["blog"])
        elif name == "view_on_site":
            kind = ContentType.objects.get_for_model(Post)
            found["view_on_site"] = reverse("admin:view_on_site", args=[kind.pk, own.pk])
        elif name == "auth_user_password_change":
            found[name] = reverse("admin:auth_user_password_change", args=keys["user"].values())
        elif not needs_key:
            found[name] = reverse(f"admin:{name}")
        else:
            for whose, key in keys[model].items():
                found[f"{name} {whose}".strip()] = reverse(f"admin:{name}", args=[key])
    labels = "app_label=blog&model_name=post&field_name=labels"
    found["autocomplete labels"] = f"{reverse('admin:autocomplete')}?{labels}"
    return found


def expected():
    """The table as name → role → what GET and POST answer."""
    rows = {}
    for line in TABLE.strip().splitlines():
        name, *cells = re.split(r"\s{2,}", line.strip())
        rows[name] = dict(zip(PEOPLE, cells, strict=True))
    return rows


def statuses(person, path):
    found = []
    for method in ("get", "post"):
        client = Client()
        if person is not None:
            client.force_login(person)
        found.append(str(getattr(client, method)(path).status_code))
    return " ".join(found)


def test_every_address_answers_each_role_as_the_table_says(people, addresses):
    found = {
        name: {who: statuses(person, path) for who, person in people.items()}
        for name, path in addresses.items()
    }

    assert found == expected()
