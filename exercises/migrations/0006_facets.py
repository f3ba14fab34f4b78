import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def fill(apps, schema_editor):
    """What each revision is narrowed by; nothing is translated yet."""
    rows = apps.get_model("exercises", "Revision").objects
    for revision in rows.iterator(chunk_size=500):
        tokens = [f"position:{revision.position}", f"language:{revision.language}"]
        tokens += [f"region:{region}" for region in revision.regions]
        tokens += [f"equipment:{' '.join(thing.lower().split())}" for thing in revision.equipment]
        tokens += [f"tag:{caution['tag']}" for caution in revision.cautions]
        rows.filter(pk=revision.pk).update(facets="\n".join(dict.fromkeys(tokens)))


class Migration(migrations.Migration):
    dependencies = [
        ("exercises", "0005_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(
            migrations.AddField(
                model,
                "given_back_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            )
            for model in ("revision", "routinerevision")
        ),
        migrations.AddField("revision", "facets", models.TextField(blank=True, editable=False)),
        migrations.AddIndex("revision", models.Index(fields=["state"], name="revision_state")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
