"""The sources of charts, one module each; source.py opens the one that the settings name.

Importing this package imports none of them: spotipy and the simulator take half a second.
"""
