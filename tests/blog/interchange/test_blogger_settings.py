import pytest

from blog.interchange.blogger_settings import SettingsRead, from_csv, language_code


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("zh-CN", "zh-hans"),
        ("zh_CN", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("zh-Hans-CN", "zh-hans"),
        ("zh-TW", "zh-hant"),
        ("zh_HK", "zh-hant"),
        ("zh-Hant-TW", "zh-hant"),
        ("zh", "zh-hans"),
        ("en", "en"),
        ("en-US", "en"),
        ("en_GB", "en-gb"),
        ("nl", "nl"),
        ("iw", "he"),
        ("", None),
        ("<script>", None),
    ],
)
def test_locales_become_codes_of_django(locale, code):
    assert language_code(locale) == code


def test_british_english_is_spoken():
    read = SettingsRead({"BLOG_LOCALE": "en-GB"})

    assert [(setting.field, setting.value) for setting in read.mapped] == [("language", "en")]
    assert read.language == "en-gb"


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("BLOG_COMMENT_ACCESS", "ANYONE", "guest_access", "anyone"),
        ("BLOG_COMMENT_ACCESS", "REGISTERED", "guest_access", "address"),
        ("BLOG_COMMENT_ACCESS", "BLOGGERS", "guest_access", "address"),
        ("BLOG_COMMENT_ACCESS", "MEMBERS", "guest_access", "members"),
        ("BLOG_COMMENT_ACCESS", "NEVER_SEEN", "guest_access", "members"),
        ("BLOG_COMMENT_MODERATION", "DISABLED", "moderation", "none"),
        ("BLOG_COMMENT_MODERATION", "ENABLED", "moderation", "all"),
        ("BLOG_COMMENT_MODERATION", "NEVER_SEEN", "moderation", "all"),
        ("BLOG_PER_POST_FEED", "NONE", "has_post_comment_feeds", False),
        ("BLOG_POST_FEED", "UNTIL_JUMP", "feed_content", "short"),
        ("BLOG_SEARCHABLE", "false", "is_searchable", False),
        ("BLOG_MAX_NUM", "100", "posts_per_page", 50),
    ],
)
def test_settings_with_a_counterpart(name, value, field, expected):
    read = SettingsRead({name: value})

    assert [(setting.field, setting.value) for setting in read.mapped] == [(field, expected)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BLOG_TIME_ZONE", "Mars/Olympus"),
        ("BLOG_TIME_ZONE", "../../etc/passwd"),
        ("BLOG_TIME_ZONE", ""),
        ("BLOG_MAX_NUM", "many"),
        ("BLOG_MAX_NUM", "0"),
        ("BLOG_DATE_FORMAT", "31"),
        ("BLOG_DEFAULT_COMMENTS_MODE", "DEFAULT_NOT_HAVE_COMMENTS"),
    ],
)
def test_settings_without_a_counterpart_are_a_warning(name, value):
    read = SettingsRead({name: value})

    assert read.mapped == []
    assert [item.source_id for item in read.skipped] == [name]
    assert [warning.split(":")[0] for warning in read.warnings] == [name]


def test_description_counts_only_when_it_was_switched_on():
    values = {"BLOG_META_DESCRIPTION": "Tea", "BLOG_META_DESCRIPTION_ENABLED": "false"}

    assert SettingsRead(values).mapped == []


def test_csv_has_a_row_of_names_and_a_row_of_values():
    data = '\ufeffblog_name,blog_description\r\n"A, B","two\nlines"\r\n'.encode()

    assert from_csv(data) == {"BLOG_NAME": "A, B", "BLOG_DESCRIPTION": "two\nlines"}


@pytest.mark.parametrize("data", [b"", b"blog_name\r\n", b"a,b\r\n1,2\r\n", b"\xff\xfe", b'"'])
def test_other_tables_are_no_settings(data):
    with pytest.raises(ValueError, match=r".+"):
        from_csv(data)
