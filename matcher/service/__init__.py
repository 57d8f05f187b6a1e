"""What coordinators can ask of a stored network: one module, one group of things.

Each function runs inside the transaction of the connection that it is given, so that all of it is stored or
nothing.
"""
