"""The Chinese catalogue: whole, true to the code, and written as Chinese is."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from config.borrowed_texts import BORROWED

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("locale", "zh_Hans", "LC_MESSAGES")
SOURCES = ("blog", "comments", "config", "templates", "tools", "locale", "manage.py")

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]|{\w+}")
TAG = re.compile(r"<[^<>]+>")
HAN = r"[\u3400-\u9fff]"
FULL_WIDTH = r"[，。；：！？、（）《》“”]"

# Read by others than people, or known so from Blogger: these may never be worded anew.
FIXED = {
    "Subscribe to: Post Comments (Atom)": "订阅: 博文评论 (Atom)",
    "Subscribe to: Posts (Atom)": "订阅: 博文 (Atom)",
    "No comments": "没有评论",
    "%(count)d comment": "%(count)d 条评论",
    "Post a Comment": "发表评论",
    "New comments are not allowed.": "不允许有新评论。",
    "This comment has been removed by the author.": "此评论已被作者移除。",
    "This comment has been removed by a blog administrator.": "此评论已被博客管理员移除。",
    "Your comment will be visible after approval.": "您的评论将在审核后显示。",
    "Newer Post": "较新的博文",
    "Older Post": "较早的博文",
    "Newer Posts": "较新的博文",
    "Older Posts": "较早的博文",
    "Home": "主页",
    "Blog Archive": "博客归档",
    "Search This Blog": "搜索此博客",
    "Read more »": "阅读全文 »",
}


def catalogue(folder, domain="django"):
    """The entries of one domain; none when nothing of it is translated."""
    path = folder / f"{domain}.po"
    return polib.pofile(str(path)) if path.exists() else []


def chinese(entry):
    """What stands for the entry in Chinese: one form, also for plurals."""
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


def keys(entries):
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}


@pytest.fixture(scope="module")
def entries():
    found = catalogue(ROOT / FOLDER)
    assert len(found) > 500
    return found


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """Runs makemessages on a copy of the sources; gives the folder with what it made."""
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
    (copy / "data").mkdir()
    options = ["--locale", "zh_Hans", "--no-obsolete", "--no-location"]
    for domain in ("django", "djangojs"):
        subprocess.run(
            [sys.executable, "manage.py", "makemessages", "--domain", domain, *options],
            cwd=copy,
            env={**os.environ, "DATA_DIR": str(copy / "data")},
            check=True,
            capture_output=True,
        )
    return copy / FOLDER


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_catalogue_has_every_text_of_the_code_and_no_other(extracted, domain):
    fresh = keys(catalogue(extracted, domain))

    committed = keys(catalogue(ROOT / FOLDER, domain))

    assert fresh - committed == set(), "not translated yet: run make messages"
    assert committed - fresh == set(), "no longer in the code: run make messages"


def test_nothing_is_missing_fuzzy_or_left_over(entries):
    assert [entry.msgid for entry in entries if not chinese(entry)] == []
    assert [entry.msgid for entry in entries if entry.fuzzy] == []
    assert [entry.msgid for entry in entries if entry.obsolete] == []
    assert not entries.metadata_is_fuzzy
    assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"


def test_placeholders_are_those_of_the_source(entries):
    different = {
        entry.msgid: chinese(entry)
        for entry in entries
        if sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        != sorted(PLACEHOLDER.findall(chinese(entry)))
    }

    assert different == {}


def test_borrowed_texts_are_still_texts_of_packages():
    apps = ("django", "django.contrib.admin", "django.contrib.auth", "allauth")
    folders = [Path(importlib.import_module(name).__file__).parent for name in apps]
    folders[0] /= "conf"
    sources = [folder / "locale" / "en" / "LC_MESSAGES" for folder in folders]
    known = {entry.msgid for source in sources for entry in catalogue(source)}

    assert len(known) > 900
    assert [text for text in BORROWED if text not in known] == []


def test_wordings_that_others_rely_on_stay(entries):
    found = {entry.msgid: chinese(entry) for entry in entries if entry.msgid in FIXED}

    assert found == FIXED


def test_punctuation_is_chinese_between_chinese_words(entries):
    # 订阅: is Blogger's own, with its half-width colon.
    half_width = re.compile(rf"{HAN}\s*[,;:!?]|{HAN}\.(?!\w)|[,;:!?]\s*{HAN}|\.\.\.|\"|'")
    spaced = re.compile(rf"[ ]{FULL_WIDTH}|{FULL_WIDTH}[ ]")

    texts = [TAG.sub("", chinese(entry)) for entry in entries]
    texts = [text for text in texts if not text.startswith("订阅: ")]

    assert [text for text in texts if half_width.search(text)] == []
    assert [text for text in texts if spaced.search(text)] == []


def test_latin_words_and_numbers_stand_apart_from_chinese(entries):
    touching = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}")

    texts = [PLACEHOLDER.sub("", TAG.sub("", chinese(entry))) for entry in entries]

    assert [text for text in texts if touching.search(text)] == []
