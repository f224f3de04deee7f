from django.db import migrations

from tidewaiter.platform.ledger import guard


def put_up(apps, editor):
    guard.take_down(editor.connection, guard.SEALS)
    guard.put_up(editor.connection, guard.SEALS)


class Migration(migrations.Migration):

    dependencies = [
        ('seals', '0001_initial'),
        ('ledger', '0003_unchained'),
    ]

    operations = [
        migrations.RunPython(put_up, migrations.RunPython.noop),
    ]
