set(study_sources
  speed.cpp)
