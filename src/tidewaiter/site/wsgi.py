"""The WSGI application that the server runs."""

import gc
import os
from importlib import import_module
from multiprocessing import parent_process

from django.conf import settings
from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application

from tidewaiter.platform.orphans import end_with_parent
from tidewaiter.site.queue import Queued, let_go
from tidewaiter.site.sharing import share_numbers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidewaiter.site.settings")
if (server := parent_process()) is not None and server.pid is not None:
    end_with_parent(server.pid)
share_numbers()
pages = get_wsgi_application()
import_module("tidewaiter.site.urls")  # now, not in the first request
request_finished.connect(let_go)
application = Queued(pages, length=settings.QUEUE, patience=settings.QUEUE_SECONDS)
gc.freeze()  # what all that made stays: no search for garbage looks through it again
