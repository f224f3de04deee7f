from django.db import migrations

from tidewaiter.platform.handling import level_of


def enforce(apps, schema_editor):
    """What versions say becomes what counts; a code that is not known is the closest."""
    for profile in apps.get_model("targeting", "RiskProfile").objects.prefetch_related("versions"):
        levels = [level_of(v.content.get("handling_code", "")) for v in profile.versions.all()]
        if levels and max(levels) != profile.handling:
            profile.handling = max(levels)
            profile.save(update_fields=["handling"])


class Migration(migrations.Migration):

    dependencies = [
        ("targeting", "0007_handling"),
    ]

    operations = [
        migrations.RunPython(enforce, migrations.RunPython.noop),
    ]
