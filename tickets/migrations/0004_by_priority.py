from django.db import migrations, models


class Migration(migrations.Migration):
    """A list ordered by priority begins at once, however long it is."""

    dependencies = [
        ("tickets", "0003_following_and_files"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.Func(
                    models.F("priority"),
                    output_field=models.SmallIntegerField(),
                    template="CASE %(expressions)s WHEN 'Critical' THEN 0 WHEN 'High' THEN 1 WHEN 'Medium' THEN 2 "
                    "ELSE 3 END",
                ),
                models.OrderBy(models.F("submit_date"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="ticket_by_priority",
            ),
        ),
    ]
