set(study_sources
  draws.cpp
  morris.cpp
  sobol_indices.cpp
  speed.cpp
  statistics.cpp
  unit_points.cpp)
