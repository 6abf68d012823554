from blog.interchange.records import Fate, ItemKind, Ledger, LedgerItem, Skipped


def test_ledger_as_json_is_the_promised_object():
    ledger = Ledger(format="blogger-xml", dry_run=True)
    ledger.add(LedgerItem(ItemKind.COMMENT, "c1", "", Fate.UNCHANGED))
    ledger.add(
        LedgerItem(ItemKind.POST, "p1", "茶", Fate.CREATED, address="/2015/12/blog-post.html")
    )
    ledger.add(LedgerItem(ItemKind.POST, "p2", "", Fate.CREATED, draft=True, reason="No date."))
    ledger.skip(Skipped(ItemKind.POST, "p3", "Old", "It was in the trash."))

    found = ledger.as_json()

    assert found == {
        "format": "blogger-xml",
        "dry_run": True,
        "counts": {"post": {"created": 2, "skipped": 1}, "comment": {"unchanged": 1}},
        "items": [
            {
                "kind": "comment",
                "source_id": "c1",
                "title": "",
                "fate": "unchanged",
                "draft": False,
                "address": None,
                "reason": "",
            },
            {
                "kind": "post",
                "source_id": "p1",
                "title": "茶",
                "fate": "created",
                "draft": False,
                "address": "/2015/12/blog-post.html",
                "reason": "",
            },
            {
                "kind": "post",
                "source_id": "p2",
                "title": "",
                "fate": "created",
                "draft": True,
                "address": None,
                "reason": "No date.",
            },
            {
                "kind": "post",
                "source_id": "p3",
                "title": "Old",
                "fate": "skipped",
                "draft": False,
                "address": None,
                "reason": "It was in the trash.",
            },
        ],
    }
    assert list(found["counts"]) == ["post", "comment"]
    assert type(found["items"][0]["kind"]) is str
