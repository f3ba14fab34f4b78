import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exercises', '0003_routine_revisions'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='routineitem',
            name='routine_position',
        ),
        migrations.RemoveField(
            model_name='revision',
            name='review_by',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='edited_at',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='edited_by',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='name',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='notes',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='published_at',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='schedule',
        ),
        migrations.RemoveField(
            model_name='routine',
            name='summary',
        ),
        migrations.RemoveField(
            model_name='routineitem',
            name='routine',
        ),
        migrations.AlterField(
            model_name='routineitem',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='exercises.routinerevision'),
        ),
        migrations.AddConstraint(
            model_name='routineitem',
            constraint=models.UniqueConstraint(fields=('revision', 'position'), name='routine_position'),
        ),
    ]
