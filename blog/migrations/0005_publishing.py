"""End dates, pins, private posts, trash, old addresses of labels."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blog", "0004_working_copies")]

    operations = []
