import gettext

import pytest

from tools.messages import compile_catalogue

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Post"
msgstr "博文"

msgctxt "verb"
msgid "Post"
msgstr "发表"

msgid "%(count)d comment"
msgid_plural "%(count)d comments"
msgstr[0] "%(count)d 条评论"

#, fuzzy
msgid "Draft"
msgstr "也许"

msgid "Label"
msgstr ""
"""


def test_compiled_catalogue_translates_and_lets_unfinished_entries_through(tmp_path):
    source = tmp_path / "django.po"
    source.write_text(CATALOGUE, encoding="utf-8")

    product = compile_catalogue(source)

    with product.open("rb") as file:
        translation = gettext.GNUTranslations(file)
    assert product == tmp_path / "django.mo"
    assert translation.gettext("Post") == "博文"
    assert translation.pgettext("verb", "Post") == "发表"
    assert translation.ngettext("%(count)d comment", "%(count)d comments", 2) == "%(count)d 条评论"
    assert translation.gettext("Draft") == "Draft"
    assert translation.gettext("Label") == "Label"


def test_broken_catalogue_is_refused_and_the_old_one_stays(tmp_path):
    source = tmp_path / "django.po"
    source.write_text('msgid "Post"\nnonsense "x"\n', encoding="utf-8")
    old = tmp_path / "django.mo"
    old.write_bytes(b"old")

    with pytest.raises(OSError, match=r"django\.po"):
        compile_catalogue(source)

    assert old.read_bytes() == b"old"
