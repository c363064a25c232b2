"""Work in the background: the worker, what it can do, what comes again.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""
