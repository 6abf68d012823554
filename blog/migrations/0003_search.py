"""What search asks."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blog", "0002_comment_policies")]

    operations = []
