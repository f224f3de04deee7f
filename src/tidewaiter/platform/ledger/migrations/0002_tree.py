from django.db import migrations, models

from tidewaiter.platform.ledger import guard


def open_entries(apps, editor):
    """SQLite makes a table anew to add a column, and forgets its triggers."""
    guard.take_down(editor.connection, guard.ENTRIES)


def close_entries(apps, editor):
    guard.put_up(editor.connection, guard.ENTRIES)


def close_tree(apps, editor):
    guard.put_up(editor.connection, guard.TREE)


def open_tree(apps, editor):
    guard.take_down(editor.connection, guard.TREE)


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('witness', models.CharField(max_length=500, primary_key=True, serialize=False)),
                ('size', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Head',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='entries')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('root', models.CharField(max_length=64, verbose_name='root')),
                ('note', models.TextField()),
            ],
            options={
                'ordering': ['-size'],
            },
        ),
        migrations.CreateModel(
            name='Tile',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('root', models.CharField(max_length=64)),
            ],
        ),
        migrations.RunPython(open_entries, close_entries),
        migrations.AddField(
            model_name='entry',
            name='address',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='from where'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='entry',
            name='reason',
            field=models.CharField(blank=True, default='', max_length=1000, verbose_name='why'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='entry',
            name='result',
            field=models.CharField(blank=True, default='', max_length=16, verbose_name='result'),
            preserve_default=False,
        ),
        migrations.RunPython(close_entries, open_entries),
        migrations.RunPython(close_tree, open_tree),
    ]
