"""Reads feeds as strictly as RFC 4287 lets a reader be."""

import re
from collections import Counter

import feedparser
from defusedxml import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
THREAD = "{http://purl.org/syndication/thread/1.0}"
SEARCH = "{http://a9.com/-/spec/opensearchrss/1.0/}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def once(element, name):
    """The text of the one child called `name`; fails when there is none or a second one."""
    (child,) = element.findall(name)
    return child.text or ""


def links(element):
    """Addresses of the links of a feed or entry by relation; fails when one comes twice."""
    found = element.findall(f"{ATOM}link")
    relations = Counter(link.get("rel") for link in found)
    assert set(relations.values()) <= {1}
    return {link.get("rel"): link.get("href") for link in found}


def read(content):
    """The root of an Atom document that keeps every rule below; fails on the first it breaks."""
    assert feedparser.parse(content).bozo is False
    feed = ElementTree.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    for element in [feed, *entries]:
        assert once(element, f"{ATOM}id").startswith("tag:")
        assert RFC_3339.fullmatch(once(element, f"{ATOM}updated"))
        (title,) = element.findall(f"{ATOM}title")
        assert title.get("type") in {None, "text", "html"}
        assert all(url.startswith("http") for url in links(element).values())
    assert {"alternate", "self"} <= set(links(feed))
    for entry in entries:
        assert RFC_3339.fullmatch(once(entry, f"{ATOM}published"))
        (author,) = entry.findall(f"{ATOM}author")
        assert once(author, f"{ATOM}name").strip()
        assert len(entry.findall(f"{ATOM}content")) <= 1
        assert len(entry.findall(f"{ATOM}summary")) <= 1
        assert "alternate" in links(entry)
    ids = [once(entry, f"{ATOM}id") for entry in entries]
    assert sorted(set(ids)) == sorted(ids)
    return feed


def entries(content):
    """The entries of an Atom document that keeps the rules, in its order."""
    return read(content).findall(f"{ATOM}entry")


def titles(content):
    """Their titles."""
    return [once(entry, f"{ATOM}title") for entry in entries(content)]
