"""Limits of WhatsApp as dated data: texts, templates, files and windows."""
