"""German, Spanish, French, Arabic: whole for readers and guests, true to the code, compilable."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.architecture.test_translations import PLACEHOLDER, ROOT, SOURCES, TAG, catalogue
from tools.messages import compile_catalogue

LANGUAGES = {"de": 2, "es": 2, "fr": 2, "ar": 6}  # and how many forms a noun takes beside a number

# What readers and guests see stands in these files; in the others stands what the blog's own people
# see, or the words of columns.
FOR_READERS = re.compile(
    r"templates/((404|base|error)\.html|(blog|comments|includes|emails)/.*)"
    r"|comments/((own_|guest_|reader_|subscription_)?views|(guest_)?forms|editing|feeds|newsletter(_views)?)\.py"
    r"|comments/templatetags/discussion\.py|comments/notifications/(asking|letters|announcing)\.py"
    r"|blog/(views|search/.*|metadata|private)\.py|blog/feeds/(documents|stream)\.py"
    r"|blog/templatetags/blog_tags\.py|config/(errors|accounts)\.py"
)
FOR_THE_BLOGS_PEOPLE = re.compile(r"templates/(emails/queue|comments/moderate)")


def key(entry):
    return (entry.msgctxt, entry.msgid)


def forms(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text):
    return sorted(PLACEHOLDER.findall(text) + TAG.findall(text))


@pytest.fixture(scope="module")
def for_readers(tmp_path_factory):
    """Every text that readers see, as makemessages finds it in a copy of the sources."""
    if not shutil.which("xgettext"):
        reason = "no gettext on this machine: apt install gettext"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    shutil.rmtree(copy / "locale")
    (copy / "locale").mkdir()
    (copy / "data").mkdir()
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale", "de"],
        cwd=copy,
        env={**os.environ, "DATA_DIR": str(copy / "data")},
        check=True,
        capture_output=True,
    )
    return [
        entry
        for entry in catalogue(copy / "locale" / "de" / "LC_MESSAGES")
        if any(
            FOR_READERS.fullmatch(file) and not FOR_THE_BLOGS_PEOPLE.match(file)
            for file, _line in entry.occurrences
        )
    ]


def entries(language):
    return catalogue(ROOT / "locale" / language / "LC_MESSAGES")


def test_languages_to_choose_from_are_those_that_there_are():
    there = {path.name.replace("_", "-").lower() for path in (ROOT / "locale").iterdir()}

    assert {code for code, _name in settings.LANGUAGES} == there | {"en"}
    assert set(settings.LANGUAGE_NAMES) == there | {"en"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_for_readers_is_translated(for_readers, language):
    there = {key(entry) for entry in entries(language) if all(forms(entry))}

    missing = [entry.msgid for entry in for_readers if key(entry) not in there]

    assert len(for_readers) > 300
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_all_forms_and_every_placeholder(language):
    found = entries(language)

    assert found.metadata["Plural-Forms"].startswith(f"nplurals={LANGUAGES[language]};")
    assert [entry.msgid for entry in found if entry.fuzzy or entry.obsolete] == []
    for entry in found:
        said = forms(entry)
        assert len(said) == (LANGUAGES[language] if entry.msgid_plural else 1), entry.msgid
        wanted = placeholders(entry.msgid_plural or entry.msgid)
        # "No comments" needs no number; only Arabic has a form of its own for none.
        counted = said[1:] if language == "ar" and entry.msgid_plural else said
        assert [placeholders(form) for form in counted] == [wanted] * len(counted), entry.msgid


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", {0: "0 Kommentare", 1: "1 Kommentar", 2: "2 Kommentare"}),
        ("es", {0: "0 comentarios", 1: "1 comentario", 2: "2 comentarios"}),
        ("fr", {0: "0 commentaire", 1: "1 commentaire", 2: "2 commentaires"}),
        (
            "ar",
            {
                0: "لا توجد تعليقات",
                1: "تعليق واحد (1)",
                2: "تعليقان (2)",
                3: "3 تعليقات",
                11: "11 تعليقًا",
                100: "100 تعليق",
            },
        ),
    ],
)
def test_catalogue_compiles_and_counts_as_the_language_does(tmp_path, language, said):
    source = shutil.copy(ROOT / "locale" / language / "LC_MESSAGES" / "django.po", tmp_path)

    with compile_catalogue(Path(source)).open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    phrase = ("%(count)d comment", "%(count)d comments")
    assert {count: compiled.ngettext(*phrase, count) % {"count": count} for count in said} == said


def test_what_is_not_for_readers_is_left_to_the_english_source():
    """So that no catalogue looks more complete than it is."""
    admin = "Contributors write drafts"

    for language in LANGUAGES:
        assert not any(entry.msgid.startswith(admin) for entry in entries(language))
        assert isinstance(entries(language), polib.POFile)
