from django.db import migrations

from tidewaiter.platform.accounts.roles import ROLES


def keep(apps, schema_editor):
    """Tokens of earlier releases may go on doing all that their accounts may at this moment."""
    held = apps.get_model("accounts", "HeldRole")
    for token in apps.get_model("accounts", "Token").objects.all():
        roles = held.objects.filter(user=token.user_id).values_list("role", flat=True)
        rights = [ROLES[role].may for role in roles if role in ROLES]
        token.permissions = sorted(frozenset().union(*rights))
        token.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_token_rights"),
    ]

    operations = [
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
