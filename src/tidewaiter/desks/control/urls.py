from __future__ import annotations

from django.urls import path

from tidewaiter.desks.control.views import board, device, mine, orders, pictures

app_name = "control"
urlpatterns = [
    path("my/", mine.orders, name="mine"),
    path("my/<int:pk>/", mine.order, name="my_order"),
    path("my/<int:pk>/begin/", mine.begin, name="begin"),
    path("my/<int:pk>/result/", mine.result, name="result"),
    path("my/photographs/<uuid:pk>/", pictures.my_photograph, name="my_photograph"),
    path("orders/", orders.orders, name="orders"),
    path("orders/export.csv", orders.export, name="export"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("orders/<int:pk>/reassign/", orders.reassign, name="reassign"),
    path("orders/<int:pk>/return/", orders.return_result, name="return"),
    path("orders/<int:pk>/cancel/", orders.cancel, name="cancel"),
    path("photographs/<uuid:pk>/", pictures.photograph, name="photograph"),
    path("photographs/<uuid:pk>/handling", pictures.set_handling, name="photograph_handling"),
    path("board/", board.board, name="board"),
    path("board/assign/", board.assign, name="assign"),
    path("roster/", board.roster, name="roster"),
    path("capacity/", board.capacity, name="capacity"),
    path("worker.js", device.worker, name="worker"),
    path("api/session", device.session, name="api_session"),
    path("api/orders/<int:pk>/start", device.start, name="api_start"),
    path("api/orders/<int:pk>/photographs", device.photograph, name="api_photograph"),
    path("api/orders/<int:pk>/result", device.result, name="api_result"),
]
