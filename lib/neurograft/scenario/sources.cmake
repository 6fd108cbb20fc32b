set(scenario_sources)
