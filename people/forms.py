"""The forms of the people pages. They read what a browser sends; what may be stored is decided behind the door, and its
sentences come back to the fields by `add_errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

from audit.refusals import InvalidValues
from people.enums import EMAIL_LENGTH, NAME_LENGTH, PASSWORD_LENGTH, Suffix
from people.models import Department


class PageForm(forms.Form):
    """A form as our pages show it: without a colon after labels, with the door's sentences at the fields."""

    #: The door's name of a value → the field it was written into, where they differ.
    named_otherwise: Mapping[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def add_errors(self, invalid: InvalidValues) -> None:
        for name, sentences in invalid.errors.items():
            field = self.named_otherwise.get(name, name)
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


class PasswordField(forms.CharField):
    """Taken as it is written: no space is stripped. Its length is the door's matter, but not without end."""

    def __init__(self, autocomplete: str, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(widget=widget, strip=False, max_length=10 * PASSWORD_LENGTH[1], **kwargs)


class EmailField(forms.EmailField):
    def __init__(self, **kwargs: Any) -> None:
        sentence = _("Enter an e-mail address, such as name@example.com.")
        super().__init__(
            label=kwargs.pop("label", _("E-mail")),
            max_length=EMAIL_LENGTH[1],
            error_messages={"required": sentence, "invalid": sentence},
            widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
            **kwargs,
        )


def _name(label: Any, autocomplete: str, *, missing: Any = None) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=missing is not None,
        max_length=10 * NAME_LENGTH[1],  # the door says it better, for what is not absurd
        error_messages={"required": missing},
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
    )


class NameForm(PageForm):
    """The parts of a name, and a picture."""

    first_name = _name(_("First name"), "given-name", missing=_("Write your first name."))
    middle_name = _name(_("Middle name"), "additional-name")
    last_name = _name(_("Last name"), "family-name", missing=_("Write your last name."))
    suffix = forms.ChoiceField(label=_("Suffix"), required=False, choices=[("", "–"), *Suffix.choices])
    # A plain file: whether it is a picture, the door looks itself, and closer.
    image = forms.FileField(
        label=_("Picture"),
        required=False,
        allow_empty_file=True,
        help_text=_("JPEG, PNG, GIF or WebP, up to 5 MB. We cut it to a square."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/gif,image/webp"}),
    )

    def parts_of_name(self) -> dict[str, str]:
        return {part: self.cleaned_data[part] for part in ("first_name", "middle_name", "last_name", "suffix")}


class TwicePasswordForm(PageForm):
    """A new password, typed twice."""

    named_otherwise = {"password": "password1"}

    password1 = PasswordField(
        "new-password",
        label=_("Password"),
        help_text=_("8 characters or more. Three unrelated words make a good one."),
        error_messages={"required": _("Choose a password.")},
    )
    password2 = PasswordField(
        "new-password", label=_("Password again"), error_messages={"required": _("Type the password again.")}
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("This is not the same as above. Type both again."))
        return cleaned


class ApplicationForm(NameForm, TwicePasswordForm):
    """What an applicant tells of themselves; the address is known already, or comes with SignUpForm."""

    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=Department.objects.none(),
        empty_label=_("Choose a department"),
        error_messages={
            "required": _("Choose a department."),
            "invalid_choice": _("Choose a department of the list."),
        },
    )

    field_order = [
        "email", "password1", "password2", "first_name", "middle_name", "last_name", "suffix", "department", "image",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.filter(is_active=True)  # type: ignore[attr-defined]  # a choice of models

    def application(self) -> dict[str, Any]:
        """As `lifecycle.apply_again` takes it."""
        return {
            "password": self.cleaned_data["password1"],
            "department": self.cleaned_data["department"],
            "image": self.cleaned_data["image"],
            **self.parts_of_name(),
        }


class SignUpForm(ApplicationForm):
    email = EmailField(help_text=_("Your address at work. We send a link to it."))

    def application(self) -> dict[str, Any]:
        return {"email": self.cleaned_data["email"], **super().application()}


class ProfileForm(NameForm):
    remove_image = forms.BooleanField(label=_("Remove the picture"), required=False)


class AddressForm(PageForm):
    """An address, for a mail that goes there whoever it belongs to."""

    email = EmailField()


class PasswordForm(PageForm):
    """The password of an application, on another device than it was made with."""

    password = PasswordField(
        "current-password",
        label=_("Password you chose when signing up"),
        required=False,
        help_text=_("Leave it empty if you don't know one: once you are approved, we send you a link to choose it."),
    )


class ChangePasswordForm(TwicePasswordForm):
    oldpassword = PasswordField(
        "current-password",
        label=_("Your password now"),
        error_messages={"required": _("Enter the password you have now.")},
    )

    field_order = ["oldpassword", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password again")


class SignInForm(allauth.LoginForm):
    """allauth's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailField()
        self.fields["password"] = PasswordField(
            "current-password", label=_("Password"), error_messages={"required": _("Enter your password.")}
        )
        self.fields["remember"].label = _("Stay signed in on this device")
        self.order_fields(["login", "password", "remember"])


class ReauthenticateForm(allauth.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["password"] = PasswordField(
            "current-password", label=_("Password"), error_messages={"required": _("Enter your password.")}
        )
