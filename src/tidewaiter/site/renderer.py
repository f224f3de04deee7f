"""Every Django form is written in the house's form style (templates/django/forms)."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class HouseForms(TemplatesSetting):
    form_template_name = "django/forms/div.html"
