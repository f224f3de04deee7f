from tidewaiter.engine.messages.tabular.mapping import TARGETS


def known_names():
    return frozenset(TARGETS)


def propose(header, sample):
    return None
