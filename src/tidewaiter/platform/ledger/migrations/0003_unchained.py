import tidewaiter.platform.ledger.models
from django.db import migrations, models

from tidewaiter.platform.ledger import guard


def put_up(apps, editor):
    """On PostgreSQL grants are taken back, too, from now on."""
    guard.take_down(editor.connection, guard.ENTRIES + guard.TREE)
    guard.put_up(editor.connection, guard.ENTRIES + guard.TREE + guard.UNCHAINED)


def take_down(apps, editor):
    guard.take_down(editor.connection, guard.UNCHAINED)


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_tree'),
    ]

    operations = [
        migrations.CreateModel(
            name='Unchained',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='at')),
                ('actor', models.CharField(max_length=150, verbose_name='who')),
                ('action', models.CharField(max_length=60, verbose_name='action')),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='on what')),
                ('office', models.CharField(blank=True, max_length=32, verbose_name='office')),
                ('address', models.CharField(blank=True, max_length=64, verbose_name='from where')),
                ('reason', models.CharField(blank=True, max_length=1000, verbose_name='why')),
                ('result', models.CharField(blank=True, max_length=16, verbose_name='result')),
                ('detail', tidewaiter.platform.ledger.models.CanonicalJSON(default=dict)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.RunPython(put_up, take_down),
    ]
