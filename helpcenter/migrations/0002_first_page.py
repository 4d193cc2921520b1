"""The first page, as the root of the site, and a review that editors can ask for.

Wagtail's own migrations leave a welcome page, a site and two groups; the page and the groups go, the site is ours.
"""

from django.db import migrations

#: Wagtail's tree: four characters a step. The root is the first, and the home page its first child.
ROOT, HOME = "0001", "00010001"


def make(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    HomePage = apps.get_model("helpcenter", "HomePage")
    Locale = apps.get_model("wagtailcore", "Locale")

    Site.objects.all().delete()
    Page.objects.filter(depth__gt=1).delete()
    kind, _made = ContentType.objects.get_or_create(app_label="helpcenter", model="homepage")
    home = HomePage.objects.create(
        title="Help center",
        draft_title="Help center",
        slug="home",
        content_type=kind,
        path=HOME,
        depth=2,
        numchild=0,
        url_path="/home/",
        locale=Locale.objects.first(),
        headline="What can we help you with?",
        lead="Look for an answer, or ask: you always see where your request stands.",
    )
    Page.objects.filter(path=ROOT).update(numchild=1)
    Site.objects.create(hostname="localhost", port=80, root_page_id=home.pk, is_default_site=True, site_name="")
    drop_groups(apps)
    offer_review(apps, home)


def drop_groups(apps):
    """Who may what follows from roles and grants (people.roles), not from groups that nobody here is put into."""
    Group = apps.get_model("auth", "Group")
    Group.objects.filter(name__in=["Moderators", "Editors"]).delete()


def offer_review(apps, home):
    """Wagtail's own "Moderators approval" asks the group that is gone; which groups approve, helpcenter.rights sets."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    Task = apps.get_model("wagtailcore", "Task")
    GroupApprovalTask = apps.get_model("wagtailcore", "GroupApprovalTask")
    WorkflowTask = apps.get_model("wagtailcore", "WorkflowTask")
    WorkflowPage = apps.get_model("wagtailcore", "WorkflowPage")
    WorkflowPage.objects.all().delete()
    WorkflowTask.objects.all().delete()
    Workflow.objects.all().delete()
    Task.objects.all().delete()
    kind, _made = ContentType.objects.get_or_create(app_label="wagtailcore", model="groupapprovaltask")
    task = GroupApprovalTask.objects.create(name="Another editor reads it", active=True, content_type=kind)
    workflow = Workflow.objects.create(name="Review", active=True)
    WorkflowTask.objects.create(workflow=workflow, task_id=task.pk, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page_id=home.pk)


def nothing(apps, schema_editor):
    """The page stays where it is; with the tables it goes."""


class Migration(migrations.Migration):
    dependencies = [
        ("helpcenter", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [migrations.RunPython(make, nothing)]
