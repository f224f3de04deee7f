"""Backups of a whole installation into a repository, and its restore to one of their moments.

See docs/decisions/0016-restore-to-a-moment.md and docs/administrator/backup.md.
"""
