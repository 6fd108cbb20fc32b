set(io_sources)
