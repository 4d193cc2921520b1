"""The forms in which admins write a category and its extra fields: lists one a line, a key proposed from the label, and
sentences for whatever does not fit."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.forms.models import BaseInlineFormSet, inlineformset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.admin import VersionedForm
from people.models import Department
from tickets.enums import CategoryIcon, FieldKind
from tickets.models import CategoryField, TicketCategory
from tickets.models.category import NUMBER_KINDS

FIELDS_MOST = 40
WORDS_MOST = 100
KEY_LENGTH = 50


class Lines(forms.CharField):
    """A list of words, one a line. Blank lines and blanks around the words are left out."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list in place of its text
        words = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        words = [word for word in words if word]
        if len(words) > WORDS_MOST:
            raise forms.ValidationError(_("At most %(most)d lines.") % {"most": WORDS_MOST})
        if long := next((word for word in words if len(word) > 100), ""):
            raise forms.ValidationError(_("“%(word)s…” is too long: 100 characters a line.") % {"word": long[:40]})
        if twice := next((word for place, word in enumerate(words) if word in words[:place]), ""):
            raise forms.ValidationError(_("“%(word)s” stands there twice.") % {"word": twice})
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or []) != self.to_python(data)
        except forms.ValidationError:
            return True


def key_of(label: str, taken: set[str]) -> str:
    """A key that says what the label says: "Serial number" → "serial_number"; with a number behind if it is taken."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain[:200]).strip("_0123456789")[: KEY_LENGTH - 4].rstrip("_") or "field"
    number, found = 2, key
    while found in taken:
        found, number = f"{key}_{number}", number + 1
    return found


class CategoryForm(VersionedForm):
    sub_categories = Lines(
        label=gettext_lazy("Sub-categories"), required=False, help_text=gettext_lazy("One a line. None is fine too.")
    )
    icon = forms.ChoiceField(label=gettext_lazy("Icon"), choices=CategoryIcon.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Why this change"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("For the history. Nobody outside the back office reads it."),
    )

    class Meta:
        model = TicketCategory
        fields = [
            "name", "description", "icon", "sub_categories", "assigned_department", "default_priority", "position",
            "is_active",
        ]  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "name": gettext_lazy("As people read it when they ask for something."),
            "description": gettext_lazy("One sentence: when somebody should choose this."),
            "default_priority": gettext_lazy("What a new ticket begins with."),
        }
        labels = {"is_active": gettext_lazy("Offered to people who ask for something")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        departments: Any = self.fields["assigned_department"]
        departments.queryset = Department.objects.filter(Q(is_active=True) | Q(pk=self.instance.assigned_department_id))
        departments.empty_label = _("None: whoever approves a ticket chooses")
        self.use_required_attribute = False

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if TicketCategory.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a category of this name already."))
        return name


class FieldForm(VersionedForm):
    """One extra field. Key and kind of a stored one stay: tickets have values under them."""

    choices = Lines(
        label=gettext_lazy("Choices"),
        required=False,
        help_text=gettext_lazy("One a line. What tickets have chosen already stays as it is."),
    )
    # No column of the form's own: which keys there are is known when all fields have been read (FieldForms.clean).
    after = forms.CharField(
        label=gettext_lazy("Not before"), required=False, max_length=KEY_LENGTH, widget=forms.Select
    )

    class Meta:
        model = CategoryField
        fields = [
            "label", "key", "kind", "required", "help", "choices", "not_negative", "not_past", "position", "is_active",
        ]  # fmt: skip
        help_texts = {"help": gettext_lazy("Below the label: what to write there.")}
        labels = {
            "required": gettext_lazy("Must be filled in"),
            "is_active": gettext_lazy("Asked for"),
            "not_negative": gettext_lazy("Not below 0"),
            "not_past": gettext_lazy("Today or later"),
            "position": gettext_lazy("Place"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.use_required_attribute = False
        self.fields["key"].required = False
        self.fields["key"].help_text = _("For programs. Left empty, it is made from the label.")
        self.fields["after"].initial = self.instance.not_before
        #: The field as it would be, for the preview; None where too little is known.
        self.as_it_would_be: CategoryField | None = None
        if self.instance.pk:
            self.fields["key"].disabled = self.fields["kind"].disabled = True

    @property
    def is_new(self) -> bool:
        return self.instance.pk is None

    def has_changed(self) -> bool:
        # A new card with nothing written on it is no field, whatever place it got.
        if self.is_new and self.is_bound:
            return any(str(self.data.get(self.add_prefix(name), "")).strip() for name in ("label", "key", "choices"))
        return bool(super().has_changed())

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if cleaned.get("not_negative") and kind not in NUMBER_KINDS:
            self.add_error("not_negative", _("Only a number can be below 0."))
        if cleaned.get("not_past") and kind != FieldKind.DATE:
            self.add_error("not_past", _("Only a date can be in the past."))
        if cleaned.get("after") and kind != FieldKind.DATE:
            self.add_error("after", _("Only a date can be before another."))
        if kind == FieldKind.CHOICE and not cleaned.get("choices") and "choices" not in self.errors:
            self.add_error("choices", _("Write the choices, one a line."))
        if kind and kind != FieldKind.CHOICE and cleaned.get("choices"):
            self.add_error("choices", _("Only a choice has choices. Make it a choice, or leave this empty."))
        return cleaned

    def _post_clean(self) -> None:
        # The model says the same about choices, in words for programs.
        said = [str(sentence) for sentence in self.errors.get("choices", [])]
        super()._post_clean()  # type: ignore[misc]  # Django's
        if said:
            self.errors["choices"] = self.error_class(said)


class FieldForms(BaseInlineFormSet):
    """All extra fields of a category: keys made and compared, dates that follow other dates."""

    forms: list[FieldForm]  # type: ignore[assignment]  # what the factory makes them of

    def clean(self) -> None:
        live = [form for form in self.forms if form.has_changed() or not form.is_new]
        taken = {key for form in live if (key := form.cleaned_data.get("key") or form.instance.key)}
        seen: set[str] = set()
        for form in live:
            given = form.cleaned_data.get("key") or form.instance.key
            if given and given in seen:
                form.add_error("key", _("Another field has this key. Choose another one, or leave it empty."))
            key = given or key_of(form.cleaned_data.get("label", ""), taken)
            seen.add(key)
            taken.add(key)
            form.instance.key = key
        dates = {form.instance.key for form in live if form.cleaned_data.get("kind") == FieldKind.DATE}
        for form in live:
            after = form.cleaned_data.get("after", "")
            if after and after not in dates - {form.instance.key}:
                form.add_error("after", _("There is no other date field with this key."))
            else:
                form.instance.not_before = after
            form.as_it_would_be = form.instance if form.cleaned_data.get("kind") and form.instance.label else None

    def dates(self) -> list[tuple[str, str]]:
        """(key, label) of the date fields there are, for “not before”."""
        found = []
        for form in self.forms:
            kind = form.instance.kind if not form.is_new else form["kind"].value()
            key, label = form["key"].value() or form.instance.key, form["label"].value() or ""
            if kind == FieldKind.DATE and label:
                found.append((key or key_of(label, set()), label))
        return found

    def offer_dates(self) -> None:
        """Fill the selects: every other date field, and what is chosen already."""
        dates = self.dates()
        for form in [*self.forms, self.empty_form]:
            chosen = form["after"].value() or ""
            own = form["key"].value()
            others = [pair for pair in dates if pair[0] != own]
            if chosen and chosen not in dict(others):
                others.append((chosen, chosen))
            form.fields["after"].widget.choices = [("", _("any day")), *others]


def field_forms(category: TicketCategory, data: Any = None, *, more: int = 0) -> FieldForms:
    """The extra fields of a category, in their order, and `more` empty ones."""
    made = inlineformset_factory(
        TicketCategory, CategoryField, form=FieldForm, formset=FieldForms, extra=more, can_delete=False,
        max_num=FIELDS_MOST, absolute_max=FIELDS_MOST,
    )  # fmt: skip
    return cast(FieldForms, made(data, instance=category, prefix="fields"))
