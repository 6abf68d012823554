"""Indexes for many comments."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("comments", "0008_reading")]

    operations = []
