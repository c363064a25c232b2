"""The catalogue of features, one module a family. Rule of the room: a feature is a definition, never a script.

Definitions say what to compute, in Narwhals expressions over readings, kernels over panel rows, group tables or
lookups; engines run them and never define.
"""
