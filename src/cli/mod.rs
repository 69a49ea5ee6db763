//! Arguments, progress, colours, exit codes; the only place that prints.
