"""History: a user's old files → raw objects in the lake's backlog.

find.py: where the files are; clones.py: the same in a clone of the public archive. archives.py: merged
archives, which split.py splits. file_kind.py: what may be a raw object, and what holds a secret.
lake_index.py: what the lake has already. judge.py: what becomes of each file. land.py: how they land.
"""
