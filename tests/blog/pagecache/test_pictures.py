"""Pages end with every change of the pictures they show, and with no other."""

import pytest

from blog import images
from blog.images import renditions
from tests.builders import make_media_item, make_page, make_post, picture_bytes, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def test_kept_page_ends_with_each_change_of_its_picture(reader, django_assert_num_queries):
    item = make_media_item(picture_bytes("PNG", colour="red"))
    post = make_post(body=f"![]({item.get_absolute_url()})")
    other = make_page(title="Other")
    address = post.get_absolute_url()

    def page():
        first = reader.get(address).text
        with django_assert_num_queries(0):
            assert reader.get(address).text == first
        return first

    plain = page()
    reader.get(other.get_absolute_url())
    renditions.make(item)
    with django_assert_num_queries(0):  # it shows no picture
        reader.get(other.get_absolute_url())
    with_copies = page()
    item = images.replace(item, uploaded(picture_bytes("PNG", colour="blue")))
    replaced = page()
    images.remove(item)
    removed = page()

    assert "<picture>" not in plain
    assert "<picture>" in with_copies
    assert item.versioned_url in replaced
    assert "<picture>" not in replaced
    assert item.versioned_url not in removed


def test_upload_leaves_kept_pages_alone(reader, django_assert_num_queries):
    post = make_post()
    reader.get(post.get_absolute_url())

    item = images.add(uploaded(), name="a.png", by=None).item
    renditions.make(item)

    with django_assert_num_queries(0):
        reader.get(post.get_absolute_url())
