"""Backup and restore of a whole installation: database, lake, journal, vault, models, in one file.

See docs/administrator/backup.md for what makes a backup consistent.
"""
