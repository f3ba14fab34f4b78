import unicodedata

from django.db import migrations, models


def fill(apps, schema_editor):
    """What each revision is found by; nothing is translated yet."""
    for name in ("Revision", "RoutineRevision"):
        model = apps.get_model("exercises", name)
        for revision in model.objects.iterator():
            found = [revision.name, *getattr(revision, "synonyms", []), *getattr(revision, "muscles", [])]
            letters = unicodedata.normalize("NFKD", "\n".join(found).casefold())
            words = "".join(letter for letter in letters if not unicodedata.combining(letter))
            model.objects.filter(pk=revision.pk).update(words=words)


class Migration(migrations.Migration):
    dependencies = [("exercises", "0004_routine_revisions_alone")]

    operations = [
        migrations.AddField("revision", "words", models.TextField(blank=True, editable=False)),
        migrations.AddField("routinerevision", "words", models.TextField(blank=True, editable=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
