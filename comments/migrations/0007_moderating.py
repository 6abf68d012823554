"""Reasons as clues, not sentences."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("comments", "0006_indexes_of_threads")]

    operations = []
