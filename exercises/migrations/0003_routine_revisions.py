from django.db import migrations


def move(apps, schema_editor):
    """What a routine said becomes its first revision; the day of an exercise's next review is no part of its text."""
    Routine, RoutineRevision = (apps.get_model("exercises", name) for name in ("Routine", "RoutineRevision"))
    for routine in Routine.objects.all():
        revision = RoutineRevision.objects.create(
            routine=routine,
            number=1,
            state="published" if routine.published_at else "draft",
            name=routine.name,
            summary=routine.summary,
            notes=routine.notes,
            schedule=routine.schedule,
            edited_by_id=routine.edited_by_id,
            edited_at=routine.edited_at,
            published_by_id=routine.edited_by_id if routine.published_at else None,
            published_at=routine.published_at,
        )
        routine.items.update(revision=revision)
        if routine.published_at:
            Routine.objects.filter(pk=routine.pk).update(
                published=revision, created_at=routine.published_at
            )
    for exercise in apps.get_model("exercises", "Exercise").objects.filter(published__review_by__isnull=False):
        exercise.review_by = exercise.published.review_by
        exercise.save(update_fields=["review_by"])


class Migration(migrations.Migration):
    dependencies = [("exercises", "0002_curation")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
