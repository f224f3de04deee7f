"""The WSGI application that the server runs."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidewaiter.site.settings")
application = get_wsgi_application()
import_module("tidewaiter.site.urls")  # now, not in the first request
gc.freeze()  # what all that made stays: no search for garbage looks through it again
