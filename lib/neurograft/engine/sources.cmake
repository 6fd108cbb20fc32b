set(engine_sources
  guard.cpp
  readout.cpp
  simulation.cpp)
