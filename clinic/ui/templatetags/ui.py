"""Holdwell's own template tags and filters; built in, so no page has to load them."""

from django import template

register = template.Library()
