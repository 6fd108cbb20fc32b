set(study_sources
  distribution.cpp
  distribution_reader.cpp
  speed.cpp)
