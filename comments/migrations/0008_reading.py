"""What readers of long discussions need."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("comments", "0007_moderating")]

    operations = []
