"""The media library."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blog", "0005_publishing")]

    operations = []
