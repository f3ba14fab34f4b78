import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0008_operations'),
        ('exercises', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('about', models.CharField(blank=True, max_length=40)),
                ('text', models.TextField(max_length=2000, validators=[django.core.validators.MaxLengthValidator(2000)], verbose_name='comment')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RoutineRevision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('published', 'published')], default='draft', max_length=10)),
                ('language', models.CharField(default='en', max_length=12, verbose_name='language')),
                ('translations', models.JSONField(blank=True, default=dict, verbose_name='translations')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='in one sentence')),
                ('edited_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('schedule', models.JSONField(default=dict, verbose_name='schedule')),
            ],
            options={
                'ordering': ['routine', '-number'],
            },
        ),
        migrations.AlterModelOptions(
            name='routine',
            options={},
        ),
        migrations.AddField(
            model_name='exercise',
            name='based_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exercises.revision'),
        ),
        migrations.AddField(
            model_name='exercise',
            name='replaced_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaces', to='exercises.exercise'),
        ),
        migrations.AddField(
            model_name='exercise',
            name='review_by',
            field=models.DateField(blank=True, null=True, verbose_name='review by'),
        ),
        migrations.AddField(
            model_name='revision',
            name='media',
            field=models.JSONField(blank=True, default=list, verbose_name='photos and films'),
        ),
        migrations.AddField(
            model_name='revision',
            name='translations',
            field=models.JSONField(blank=True, default=dict, verbose_name='translations'),
        ),
        migrations.AddField(
            model_name='routine',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name='routine',
            name='replaced_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaces', to='exercises.routine'),
        ),
        migrations.AddField(
            model_name='routine',
            name='review_by',
            field=models.DateField(blank=True, null=True, verbose_name='review by'),
        ),
        migrations.AlterField(
            model_name='exercise',
            name='clinic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='clinic.clinic'),
        ),
        migrations.AlterField(
            model_name='revision',
            name='easier',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exercises.exercise'),
        ),
        migrations.AlterField(
            model_name='revision',
            name='harder',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exercises.exercise'),
        ),
        migrations.AlterField(
            model_name='revision',
            name='language',
            field=models.CharField(default='en', max_length=12, verbose_name='language'),
        ),
        migrations.AlterField(
            model_name='routine',
            name='clinic',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='clinic.clinic'),
        ),
        migrations.AddField(
            model_name='comment',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comment',
            name='revision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='exercises.revision'),
        ),
        migrations.AddField(
            model_name='comment',
            name='settled_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='routinerevision',
            name='edited_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='routinerevision',
            name='published_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='routinerevision',
            name='routine',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='exercises.routine'),
        ),
        migrations.AddField(
            model_name='comment',
            name='routine_revision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='exercises.routinerevision'),
        ),
        migrations.AddField(
            model_name='routine',
            name='based_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exercises.routinerevision'),
        ),
        migrations.AddField(
            model_name='routine',
            name='published',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exercises.routinerevision', verbose_name='published revision'),
        ),
        migrations.AddField(
            model_name='routineitem',
            name='revision',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='exercises.routinerevision'),
        ),
        migrations.AddConstraint(
            model_name='routine',
            constraint=models.UniqueConstraint(condition=models.Q(('clinic__isnull', True), models.Q(('origin', ''), _negated=True)), fields=('origin',), name='routine_origin'),
        ),
        migrations.AddConstraint(
            model_name='routinerevision',
            constraint=models.UniqueConstraint(fields=('routine', 'number'), name='routine_revision_number'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revision__isnull', False), ('routine_revision__isnull', True)), models.Q(('revision__isnull', True), ('routine_revision__isnull', False)), _connector='OR'), name='comment_on_one'),
        ),
    ]
