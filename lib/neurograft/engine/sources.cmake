set(engine_sources
  readout.cpp
  simulation.cpp)
