"""What an owner chooses of the look."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blog", "0006_media")]

    operations = []
