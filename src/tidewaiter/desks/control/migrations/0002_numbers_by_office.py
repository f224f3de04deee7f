from django.db import migrations, models


class Migration(migrations.Migration):
    """Order numbers count by office. The new ones look different, so that they may begin anew."""

    dependencies = [
        ('control', '0001_initial'),
    ]

    operations = [
        migrations.DeleteModel(name='OrderSequence'),
        migrations.CreateModel(
            name='OrderSequence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('office', models.CharField(blank=True, max_length=32)),
                ('year', models.PositiveIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('office', 'year'), name='one_sequence_an_office_and_year')],
            },
        ),
        migrations.AlterField(
            model_name='controlorder',
            name='number',
            field=models.CharField(max_length=60, unique=True, verbose_name='order'),
        ),
    ]
