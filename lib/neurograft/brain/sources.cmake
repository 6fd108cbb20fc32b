set(brain_sources)
