"""Changes of labels: another name, two that become one. Old addresses lead to the new one."""

from collections.abc import Iterable

from django.db import transaction

from blog.models import Label, OldLabelName, Post


def rename(label: Label, name: str) -> Label:
    """Gives `label` another name; the one it had redirects. Three queries."""
    old_name = Label.objects.values_list("name", flat=True).get(pk=label.pk)
    with transaction.atomic():
        label.name = name
        label.save()
        if old_name != name:
            OldLabelName.objects.update_or_create(name=old_name, defaults={"label": label})
        _free(name)
    return label


def merge(labels: Iterable[Label], into: Label) -> int:
    """Makes `labels` one with `into`: their posts are filed under it, their addresses lead to it,
    and they are gone. The number of labels that went. Seven queries and what the search index asks
    for each label, however many posts there are.
    """
    gone = [label for label in labels if label.pk != into.pk]
    if not gone:
        return 0
    through = Post.labels.through
    keys = [label.pk for label in gone]
    with transaction.atomic():
        Label.objects.select_for_update().filter(pk__in=[*keys, into.pk]).count()
        filed = through.objects.filter(label_id__in=keys).values_list("post_id", flat=True)
        through.objects.bulk_create(
            [through(post_id=post, label_id=into.pk) for post in set(filed)],
            ignore_conflicts=True,
        )
        OldLabelName.objects.filter(label_id__in=keys).update(label=into)
        OldLabelName.objects.bulk_create(
            [OldLabelName(name=label.name, label=into) for label in gone],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["label"],
        )
        Label.objects.filter(pk__in=keys).delete()
    return len(gone)


def named(name: str) -> Label | None:
    """The label with live posts that had `name` before, whatever its case; None when none had: what
    only a draft carries is nobody's business. One query.
    """
    return Label.objects.in_use().filter(old_names__name__iexact=name).order_by("pk").first()


def _free(name: str) -> None:
    """What a label is called now redirects nowhere."""
    needless = OldLabelName.objects.filter(name=name)
    if needless.exists():
        needless.delete()
