import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("blog", "0002_comment_policies"),
        ("comments", "0005_kept_and_undone"),
        ("django_comments_xtd", "0008_auto_20200920_2037"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="blogcomment",
            name="comment_thread",
        ),
        migrations.AlterField(
            model_name="blogcomment",
            name="root",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="thread",
                to="comments.blogcomment",
            ),
        ),
        migrations.AddIndex(
            model_name="blogcomment",
            index=models.Index(
                condition=models.Q(
                    ("root__isnull", False), ("status__in", ("published", "removed"))
                ),
                fields=["root", "path"],
                name="comment_thread",
            ),
        ),
        migrations.AddIndex(
            model_name="blogcomment",
            index=models.Index(
                condition=models.Q(("root__isnull", False)), fields=["root"], name="comment_root"
            ),
        ),
    ]
