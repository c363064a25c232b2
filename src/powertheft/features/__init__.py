"""The catalogue of features, one module a family. Rule of the room: a feature is a definition, never a script.

Definitions say what to compute, in Narwhals expressions over readings, kernels over panel rows, group tables, lookups,
or functions over days and slots of intervals; engines run them and never define.
"""
