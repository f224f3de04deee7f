from django.db import migrations

from tidewaiter.platform.accounts.roles import OPERATOR
from tidewaiter.platform.handling import CLOSED


def clear(apps, schema_editor):
    """The command line of the machine itself reads its database anyway."""
    apps.get_model("accounts", "User").objects.filter(username=OPERATOR).update(clearance=CLOSED)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0007_clearance"),
    ]

    operations = [
        migrations.RunPython(clear, migrations.RunPython.noop),
    ]
