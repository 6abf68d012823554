"""What machines and followers are told of a post."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blog", "0007_appearance")]

    operations = []
