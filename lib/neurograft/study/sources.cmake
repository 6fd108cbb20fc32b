set(study_sources
  approximate_bayes.cpp
  calibration_target.cpp
  distribution.cpp
  distribution_reader.cpp
  speed.cpp)
