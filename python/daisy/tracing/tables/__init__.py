"""Tables of the functions, methods and classes that the tracer knows by name.

Each file but the last is one table; a new entry is one line in it.

* :mod:`~daisy.tracing.tables.structural`: callables that look at a container, not at what is in it
* :mod:`~daisy.tracing.tables.values`: callables that look at values, done now on static ones
* :mod:`~daisy.tracing.tables.effects`: printing, warning, logging
* :mod:`~daisy.tracing.tables.impure`: functions of which every call counts
* :mod:`~daisy.tracing.tables.origin`: whose method a callable is, its name and its module
* :mod:`~daisy.tracing.tables.mutating`: functions and methods that change what they are given
* :mod:`~daisy.tracing.tables.classes`: what is known of the objects of a class
* :mod:`~daisy.tracing.tables.methods`: methods that are pure wherever their name is known
* :mod:`~daisy.tracing.tables.iterators`: iterators that a loop may run while tracing
* :mod:`~daisy.tracing.tables.variables`: context variables that nothing depends on
* :mod:`~daisy.tracing.tables.lookup`: how a table names what may not be imported
"""
