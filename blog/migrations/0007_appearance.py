"""What an owner chooses of the look."""

import django.core.validators
from django.db import migrations, models

import blog.models.appearance


class Migration(migrations.Migration):
    dependencies = [("blog", "0006_media")]

    operations = [
        migrations.AddField(
            model_name="siteprofile",
            name="accent",
            field=models.CharField(
                blank=True,
                help_text="Of links, days and marks. Empty: that of the theme.",
                max_length=7,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A#[0-9a-fA-F]{6}\\Z", "Give a colour as #rrggbb, such as #1257a8."
                    )
                ],
                verbose_name="accent colour",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="accent_dark",
            field=models.CharField(
                blank=True,
                help_text="Empty: a lighter shade of the accent colour, worked out for you.",
                max_length=7,
                validators=[
                    django.core.validators.RegexValidator(
                        "\\A#[0-9a-fA-F]{6}\\Z", "Give a colour as #rrggbb, such as #1257a8."
                    )
                ],
                verbose_name="accent colour on dark",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="banner",
            field=models.FileField(blank=True, editable=False, max_length=200, upload_to=""),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="banner_alt",
            field=models.CharField(
                blank=True,
                help_text="For who can’t see it. Empty: it is an ornament.",
                max_length=300,
                verbose_name="what the header picture shows",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="banner_height",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="banner_width",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="footer_html",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="footer_text",
            field=models.TextField(
                blank=True,
                help_text="For an imprint or a licence. Markdown.",
                max_length=1000,
                verbose_name="text in the footer",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="gadgets",
            field=models.JSONField(
                blank=True, default=blog.models.appearance.default_gadgets, editable=False
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="has_sidebar",
            field=models.BooleanField(
                default=False,
                help_text="Otherwise, and on narrow screens, they stand below it.",
                verbose_name="gadgets beside the text on wide screens",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="icon",
            field=models.FileField(blank=True, editable=False, max_length=200, upload_to=""),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="logo",
            field=models.FileField(blank=True, editable=False, max_length=200, upload_to=""),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="logo_height",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="logo_width",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="menu_left_out",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="menu_order",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="theme",
            field=models.CharField(
                choices=[
                    ("margin", "Margin: warm paper, a book face, days in the margin"),
                    ("studio", "Studio: white, upright and clear, without a margin"),
                    ("gazette", "Gazette: a newspaper’s title page"),
                ],
                default="margin",
                max_length=10,
                verbose_name="theme",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="typeface",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "That of the theme"),
                    ("serif", "Serif · Songti"),
                    ("sans", "Sans serif · Heiti"),
                    ("hand", "Old style · Kaiti"),
                ],
                default="",
                max_length=10,
                verbose_name="typeface",
            ),
        ),
        migrations.AddField(
            model_name="siteprofile",
            name="width",
            field=models.CharField(
                choices=[("narrow", "Narrow"), ("medium", "Medium"), ("wide", "Wide")],
                default="medium",
                max_length=10,
                verbose_name="width of the text",
            ),
        ),
    ]
